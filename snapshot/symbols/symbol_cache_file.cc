#include "snapshot/symbols/symbol_cache_file.h"

#include <zlib.h>

#include <concepts>

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

// Reads values from the front; after the first that is not there, all are zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <std::unsigned_integral T>
  T get() {
    const std::string_view raw = take(sizeof(T));
    T value = 0;
    for (size_t i = 0; i < raw.size(); i++) value |= static_cast<T>(static_cast<uint8_t>(raw[i])) << 8 * i;
    return value;
  }
  std::string_view get_string() { return take(get<uint32_t>()); }
  // A count of things that take at least `size` bytes each, so that a false one cannot ask for much memory.
  uint32_t get_count(size_t size) {
    const auto count = get<uint32_t>();
    if (count > bytes_.size() / size) ok_ = false;
    return ok_ ? count : 0;
  }
  std::string_view rest() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  std::string_view take(size_t size) {
    if (size > bytes_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

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
  Reader in(bytes.substr(kMagic.size()));
  const auto version = in.get<uint32_t>();
  const auto crc = in.get<uint32_t>();
  const auto size = in.get<uint64_t>();
  if (!in.ok() || version != kVersion || size != in.rest().size() || crc != checksum(in.rest())) return std::nullopt;

  CachedSymbols symbols;
  symbols.identity = in.get_string();
  const uint32_t string_count = in.get_count(sizeof(uint32_t));
  for (uint32_t i = 0; i < string_count; i++) symbols.strings.emplace_back(in.get_string());
  const uint32_t address_count = in.get_count(sizeof(uint64_t) + sizeof(uint32_t));
  for (uint32_t i = 0; i < address_count; i++) {
    std::vector<CachedFrame>& frames = symbols.frames[in.get<uint64_t>()];
    const uint32_t frame_count = in.get_count(kFrameSize);
    for (uint32_t k = 0; k < frame_count; k++) {
      const auto function = in.get<uint32_t>();
      const auto filename = in.get<uint32_t>();
      const auto lineno = in.get<uint32_t>();
      if (function >= string_count || filename >= string_count) return std::nullopt;
      frames.push_back({function, filename, lineno, in.get<uint8_t>() != 0});
    }
  }
  if (!in.ok() || !in.rest().empty()) return std::nullopt;
  return symbols;
}

}  // namespace heapreel
