// AFL++'s door to mutate_reel(): a library for AFL_CUSTOM_MUTATOR_LIBRARY.
#include <random>

#include "tests/fuzz/reel_mutation.h"

namespace {

using heapreel::Bytes;

struct State {
  std::minstd_rand random;
  Bytes result;
};

// A few bytes overwritten, or some cut out, or some put in.
void mutate(State& state, Bytes& bytes, size_t most) {
  const auto dice = [&state](size_t below) { return state.random() % below; };
  for (size_t changes = 1 + dice(4); changes > 0; --changes) {
    const size_t at = bytes.empty() ? 0 : dice(bytes.size());
    const auto place = bytes.begin() + static_cast<ptrdiff_t>(at);
    switch (bytes.empty() ? 2 : dice(4)) {
      case 0:
        bytes.erase(place, place + static_cast<ptrdiff_t>(1 + dice(bytes.size() - at)));
        break;
      case 1:
      case 2:
        if (bytes.size() < most) bytes.insert(place, static_cast<uint8_t>(dice(256)));
        break;
      default:
        *place = static_cast<uint8_t>(dice(2) == 0 ? *place ^ 1u << dice(8) : dice(256));
    }
  }
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void* afl_custom_init(void*, unsigned int seed) {
  return new State{std::minstd_rand(seed), {}};
}

__attribute__((visibility("default"))) void afl_custom_deinit(void* state) {
  delete static_cast<State*>(state);
}

__attribute__((visibility("default"))) size_t afl_custom_fuzz(void* opaque, uint8_t* data, size_t size, uint8_t** out,
                                                              uint8_t*, size_t, size_t max_size) {
  State& state = *static_cast<State*>(opaque);
  state.result = heapreel::testing::mutate_reel({data, data + size}, max_size, static_cast<uint32_t>(state.random()),
                                                [&state](Bytes& bytes, size_t most) { mutate(state, bytes, most); });
  *out = state.result.data();
  return state.result.size();
}
}
