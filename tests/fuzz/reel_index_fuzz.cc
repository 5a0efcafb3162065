// Any bytes as the index of a reel that is sound otherwise: GOOD_REEL without its own index.
#include <fstream>
#include <iterator>
#include <vector>

#include "snapshot/reel/format/reel_section.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/reel_reading.h"

namespace {

using namespace heapreel;

const Bytes& body() {
  static const Bytes bytes = [] {
    std::ifstream file(GOOD_REEL, std::ios::binary);
    Bytes all{std::istreambuf_iterator<char>(file), {}};
    testing::require(all.size() > reel_format::kTrailerBytes, GOOD_REEL " is there");
    ByteReader trailer({all.data() + all.size() - reel_format::kTrailerBytes, reel_format::kTrailerBytes});
    all.resize(trailer.u64());
    return all;
  }();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes reel = body();
  const uint64_t index_offset = reel.size();
  ByteWriter index;
  index.raw(std::span(data, size));
  append_section(reel, 0, reel_format::SectionKind::kIndex, 0, 0, index);
  ByteWriter trailer;
  trailer.u64(index_offset);
  trailer.u64(trailer_checksum(index_offset));
  trailer.raw(reel_format::kTrailerMagic);
  reel.insert(reel.end(), trailer.bytes().begin(), trailer.bytes().end());
  const testing::MemoryFile file(reel);
  testing::read_everything(file.path());
  return 0;
}
