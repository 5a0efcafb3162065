// Loads any bytes as a still. A still that loads is dumped and loaded again, and must be the same.
#include <heapreel/heapreel.h>

#include <cstdio>

#include "tests/fuzz/memory_file.h"

using namespace heapreel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const testing::MemoryFile file({data, size});
  try {
    const Snapshot snapshot = Snapshot::load(file.path());
    constexpr size_t kMostTraces = 1 << 12;
    if (snapshot.traces().size() > kMostTraces) return 0;
    snapshot.statistics(KeyType::lineno);
    static const std::string path = "/dev/shm/still_fuzz." + std::to_string(getpid());
    snapshot.dump(path);
    const Snapshot again = Snapshot::load(path);
    std::remove(path.c_str());
    testing::require(again.traces() == snapshot.traces(), "a still that was loaded can be dumped and loaded again");
  } catch (const ReelError& error) {
    testing::require(error.what()[0] != '\0', "an error has a text");
  }
  return 0;
}
