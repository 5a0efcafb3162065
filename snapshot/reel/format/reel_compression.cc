#include "snapshot/reel/format/reel_compression.h"

#include <zstd.h>

#include <new>
#include <utility>

namespace heapreel {

namespace {

// Measured on game frames: level 3 saves nothing over level 1.
constexpr int kLevel = 1;

// One for each thread, because making a context costs more than packing a game frame. A reel may still be written, and
// a still dumped, when the thread's variables are gone: by a static object, or at exit. The pointer outlives them, and
// whoever comes so late makes a new context.
thread_local ZSTD_CCtx* t_packing_context = nullptr;
thread_local ZSTD_DCtx* t_unpacking_context = nullptr;

struct ContextsOfThread {
  ~ContextsOfThread() {
    ZSTD_freeCCtx(std::exchange(t_packing_context, nullptr));
    ZSTD_freeDCtx(std::exchange(t_unpacking_context, nullptr));
  }
};

void free_at_thread_end() {
  thread_local const ContextsOfThread contexts;
  static_cast<void>(contexts);
}

ZSTD_CCtx* packing_context() {
  if (t_packing_context == nullptr) {
    free_at_thread_end();
    t_packing_context = ZSTD_createCCtx();
  }
  if (t_packing_context == nullptr) throw std::bad_alloc();
  return t_packing_context;
}

ZSTD_DCtx* unpacking_context() {
  if (t_unpacking_context == nullptr) {
    free_at_thread_end();
    t_unpacking_context = ZSTD_createDCtx();
  }
  if (t_unpacking_context == nullptr) throw std::bad_alloc();
  return t_unpacking_context;
}

// There is enough room, so that one call does everything, and only memory can fail.
void check(size_t left_or_error) {
  if (left_or_error != 0 && ZSTD_isError(left_or_error)) throw std::bad_alloc();
}

}  // namespace

Bytes compress(const ByteWriter& contents) {
  const Bytes& bytes = contents.bytes();
  ZSTD_CCtx* context = packing_context();
  check(ZSTD_CCtx_reset(context, ZSTD_reset_session_only));
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel));
  check(ZSTD_CCtx_setPledgedSrcSize(context, bytes.size()));
  constexpr size_t kBlockOverhead = 32;
  Bytes packed(ZSTD_compressBound(bytes.size()) + contents.column_ends().size() * kBlockOverhead);
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  ZSTD_inBuffer in{bytes.data(), 0, 0};
  for (const size_t end : contents.column_ends()) {
    in.size = end;
    check(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush));
  }
  in.size = bytes.size();
  check(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end));
  packed.resize(out.pos);
  return packed;
}

void decompress(std::span<const uint8_t> packed, std::span<uint8_t> unpacked) {
  const size_t size =
      ZSTD_decompressDCtx(unpacking_context(), unpacked.data(), unpacked.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != unpacked.size()) throw ReelError("a section cannot be unpacked");
}

}  // namespace heapreel
