// Any bytes as a reel.
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/reel_reading.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const heapreel::testing::MemoryFile file({data, size});
  heapreel::testing::read_everything(file.path());
  return 0;
}
