#include "snapshot/symbols/symbol_cache_file.h"

#include <zlib.h>

#include <concepts>

#include "snapshot/symbols/dwarf_cursor.h"

namespace heapreel {
namespace {

constexpr std::string_view kMagic = "heapreel";
constexpr uint32_t kVersion = 2;  // 1 did not name lambdas by what encloses them

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); i++) out += static_cast<char>(value >> 8 * i & 0xff);
}

void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<uint32_t>(text.size()));
  out += text;
}

// A count of things that take at least `size` bytes each, so that a false one cannot ask for much memory.
uint32_t read_count(DwarfCursor& in, size_t size) {
  const uint32_t count = in.u32();
  if (count > in.left() / size) in.skip(in.left() + 1);
  return in.ok() ? count : 0;
}

std::string read_string(DwarfCursor& in) {
  const SectionBytes bytes = in.bytes(in.u32());
  return {bytes.begin(), bytes.end()};
}

constexpr size_t kFrameSize = 13;

}  // namespace

std::string encode_cached_symbols(const CachedSymbols& symbols) {
  std::string payload;
  put_string(payload, symbols.identity);
  put(payload, static_cast<uint32_t>(symbols.strings.size()));
  for (const std::string& text : symbols.strings) put_string(payload, text);
  put(payload, static_cast<uint32_t>(symbols.frames.size()));
  for (const auto& [vaddr, frames] : symbols.frames) {
    put(payload, vaddr);
    put(payload, static_cast<uint32_t>(frames.size()));
    for (const CachedFrame& frame : frames) {
      put(payload, frame.function);
      put(payload, frame.filename);
      put(payload, frame.lineno);
      put(payload, uint8_t{frame.inlined});
    }
  }
  std::string file(kMagic);
  put(file, kVersion);
  put(file, checksum(payload));
  put(file, uint64_t{payload.size()});
  return file + payload;
}

std::optional<CachedSymbols> decode_cached_symbols(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  DwarfCursor in({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  const auto version = in.u32();
  const auto crc = in.u32();
  const auto size = in.u64();
  const std::string_view payload = bytes.substr(bytes.size() - in.left());
  if (!in.ok() || version != kVersion || size != payload.size() || crc != checksum(payload)) return std::nullopt;

  CachedSymbols symbols;
  symbols.identity = read_string(in);
  const uint32_t string_count = read_count(in, sizeof(uint32_t));
  for (uint32_t i = 0; i < string_count; i++) symbols.strings.emplace_back(read_string(in));
  const uint32_t address_count = read_count(in, sizeof(uint64_t) + sizeof(uint32_t));
  for (uint32_t i = 0; i < address_count; i++) {
    std::vector<CachedFrame>& frames = symbols.frames[in.u64()];
    const uint32_t frame_count = read_count(in, kFrameSize);
    for (uint32_t k = 0; k < frame_count; k++) {
      const auto function = in.u32();
      const auto filename = in.u32();
      const auto lineno = in.u32();
      if (function >= string_count || filename >= string_count) return std::nullopt;
      frames.push_back({function, filename, lineno, in.u8() != 0});
    }
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return symbols;
}

}  // namespace heapreel
