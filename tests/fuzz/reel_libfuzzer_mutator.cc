// libFuzzer's door to mutate_reel().
#include <algorithm>

#include "tests/fuzz/reel_mutation.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  using heapreel::Bytes;
  const Bytes changed =
      heapreel::testing::mutate_reel({data, data + size}, max_size, seed, [](Bytes& bytes, size_t most) {
        const size_t before = bytes.size();
        bytes.resize(std::max(before, most));
        bytes.resize(LLVMFuzzerMutate(bytes.data(), before, bytes.size()));
      });
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}
