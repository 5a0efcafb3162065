#include "snapshot/reel_compression.h"

#include <zstd.h>

#include <memory>
#include <new>

namespace heapreel {

namespace {

// Measured on game frames: level 3 saves 0.2 % over level 1.
constexpr int kLevel = 1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One per thread: making a context costs more than packing a game frame.
ZSTD_CCtx* packing_context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) throw std::bad_alloc();
  return context.get();
}

ZSTD_DCtx* unpacking_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (context == nullptr) throw std::bad_alloc();
  return context.get();
}

}  // namespace

Bytes compress(const Bytes& bytes) {
  Bytes packed(ZSTD_compressBound(bytes.size()));
  const size_t size =
      ZSTD_compressCCtx(packing_context(), packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size)) throw std::bad_alloc();  // the room suffices: what can fail is memory
  packed.resize(size);
  return packed;
}

Bytes decompress(const Bytes& packed, size_t raw_bytes) {
  Bytes bytes(raw_bytes);
  const size_t size =
      ZSTD_decompressDCtx(unpacking_context(), bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != raw_bytes) throw ReelError("a section cannot be unpacked");
  return bytes;
}

}  // namespace heapreel
