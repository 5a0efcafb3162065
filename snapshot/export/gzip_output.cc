#include "snapshot/export/gzip_output.h"

#include <zlib.h>

#include <array>

namespace heapreel {

struct GzipOutput::Stream {
  z_stream z{};
  std::array<char, 64 << 10> packed;
};

GzipOutput::GzipOutput(ExportOutput& output) : output_(output), stream_(std::make_unique<Stream>()) {
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemoryLevel = 8;  // zlib's own
  if (deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw ExportError("gzip: no memory");
  }
}

GzipOutput::~GzipOutput() {
  deflateEnd(&stream_->z);
}

void GzipOutput::put(std::string_view bytes, bool is_end) {
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  do {
    z.next_out = reinterpret_cast<Bytef*>(stream_->packed.data());
    z.avail_out = static_cast<uInt>(stream_->packed.size());
    deflate(&z, is_end ? Z_FINISH : Z_NO_FLUSH);
    output_.write({stream_->packed.data(), stream_->packed.size() - z.avail_out});
  } while (z.avail_out == 0);
}

}  // namespace heapreel
