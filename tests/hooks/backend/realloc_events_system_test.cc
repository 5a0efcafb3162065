// Over another allocator the realloc is that allocator's: it is announced before and told about after.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;

TEST(ReallocOverTheSystem, IsABeginAndAnEnd) {
  void* const p = std::malloc(100);
  Recording recording;
  void* const q = std::realloc(p, 100'000);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{realloc_begin(p), realloc_end(p, q, 100'000)}));
  std::free(q);
}

TEST(ReallocOverTheSystem, EndsWithoutANewBlockWhenItFails) {
  void* const p = std::malloc(100);
  Recording recording;
  void* const q = std::realloc(p, static_cast<size_t>(PTRDIFF_MAX) + 1);
  recording.stop();
  EXPECT_EQ(q, nullptr);
  EXPECT_EQ(recording.events(),
            (Events{realloc_begin(p), realloc_end(p, nullptr, static_cast<size_t>(PTRDIFF_MAX) + 1)}));
  std::free(p);
}

}  // namespace
}  // namespace heapreel::testing
