// Blocks of the C library's own heap that reach the hooks: they go back to it, whatever allocator lies below.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/hooks/fake_recorder.h"
#include "tests/hooks/glibc_functions.h"

namespace heapreel::testing {
namespace {

TEST(ForeignBlock, CanBeFreed) {
  for (const size_t n : {size_t{1}, size_t{100}, size_t{50'000}}) std::free(glibc().malloc(n));
}

TEST(ForeignBlock, HasTheUsableSizeOfItsOwnHeap) {
  void* const p = glibc().malloc(100);
  EXPECT_EQ(interposed().malloc_usable_size(p), glibc().malloc_usable_size(p));
  std::free(p);
}

TEST(ForeignBlock, KeepsItsContentsInARealloc) {
  auto* p = static_cast<char*>(glibc().malloc(100));
  std::memset(p, 'f', 100);
  p = static_cast<char*>(std::realloc(p, 10'000));
  EXPECT_EQ(std::string(p, 100), std::string(100, 'f'));
  EXPECT_EQ(std::realloc(p, 0), nullptr);
}

TEST(ForeignBlock, BecomesKnownByARealloc) {
  void* const p = glibc().malloc(100);
  Recording recording;
  void* const q = std::realloc(p, 10'000);
  recording.stop();
  EXPECT_EQ(recording.events(), (std::vector<Event>{realloc_begin(p), realloc_end(p, q, 10'000)}));
  std::free(q);
}

}  // namespace
}  // namespace heapreel::testing
