// Any bytes as a file of the symbol cache, and as the payload of one whose checksum is right.
#include <zlib.h>

#include <cstring>
#include <string>

#include "snapshot/symbols/symbol_cache_file.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using heapreel::decode_cached_symbols;
using heapreel::testing::require;

void decode(const std::string& file) {
  const auto symbols = decode_cached_symbols(file);
  if (!symbols) return;
  const auto again = decode_cached_symbols(heapreel::encode_cached_symbols(*symbols));
  require(again.has_value() && *again == *symbols, "what was decoded encodes to the same");
}

// The header that `payload` would have: see symbol_cache_file.h.
std::string with_header(const std::string& payload) {
  const uint32_t version = 2;
  const auto crc =
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(payload.data()), payload.size()));
  const uint64_t size = payload.size();
  std::string file = "heapreel";
  file.append(reinterpret_cast<const char*>(&version), sizeof version);
  file.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  file.append(reinterpret_cast<const char*>(&size), sizeof size);
  return file + payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  decode(bytes);
  decode(with_header(bytes));
  return 0;
}
