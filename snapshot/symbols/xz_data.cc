#include "snapshot/symbols/xz_data.h"

#include <lzma.h>

#include <algorithm>

namespace heapreel {
namespace {

constexpr size_t kFirstGuess = 1 << 16;

const char* reason(lzma_ret status) {
  switch (status) {
    case LZMA_FORMAT_ERROR:
      return "it is not in the xz format";
    case LZMA_OPTIONS_ERROR:
      return "it was compressed in a way that this liblzma does not know";
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
      return "unpacking it takes too much memory";
    case LZMA_BUF_ERROR:
      return "it ends early";
    default:
      return "it is damaged";
  }
}

}  // namespace

std::vector<uint8_t> decompress_xz(std::span<const uint8_t> packed, size_t most, std::string& error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  lzma_ret status = lzma_stream_decoder(&stream, most, 0);
  std::vector<uint8_t> raw;
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  while (status == LZMA_OK && raw.size() < most) {
    const size_t done = raw.size();
    raw.resize(std::min(most, done == 0 ? kFirstGuess : 2 * done));
    stream.next_out = raw.data() + done;
    stream.avail_out = raw.size() - done;
    while (status == LZMA_OK && stream.avail_out > 0) status = lzma_code(&stream, LZMA_FINISH);
  }
  raw.resize(stream.total_out);
  lzma_end(&stream);
  if (status == LZMA_STREAM_END) return raw;
  error = status == LZMA_OK ? "it holds more than " + std::to_string(most) + " bytes" : reason(status);
  return {};
}

}  // namespace heapreel
