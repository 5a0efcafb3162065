#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <tuple>
#include <vector>

#include "tests/hooks/glibc_functions.h"

namespace heapreel::testing {
namespace {

class AlignedCalls : public ::testing::TestWithParam<std::tuple<size_t, size_t>> {
 protected:
  size_t alignment() const { return std::get<0>(GetParam()); }
  size_t size() const { return std::get<1>(GetParam()); }
};

// The largest power of two, up to a page of 64 KiB, that p must be aligned to.
size_t expected_alignment(size_t asked) {
  size_t power = 16;
  while (power < asked) power *= 2;
  return power;
}

TEST_P(AlignedCalls, PosixMemalignAnswersAsGlibcDoes) {
  void* const untouched = this;
  void* ours = untouched;
  void* theirs = untouched;
  errno = 0;
  const int our_result = interposed().posix_memalign(&ours, alignment(), size());
  const int our_errno = errno;
  errno = 0;
  const int their_result = glibc().posix_memalign(&theirs, alignment(), size());
  EXPECT_EQ(our_errno, errno);
  ASSERT_EQ(our_result, their_result);
  if (our_result != 0) {
    EXPECT_EQ(ours, untouched);
    return;
  }
  EXPECT_EQ(reinterpret_cast<uintptr_t>(ours) % alignment(), 0u);
  EXPECT_GE(interposed().malloc_usable_size(ours), size());
  interposed().free(ours);
  glibc().free(theirs);
}

TEST_P(AlignedCalls, MemalignAndAlignedAllocAnswerAsGlibcDoes) {
  for (auto member : {&AllocationFunctions::memalign, &AllocationFunctions::aligned_alloc}) {
    errno = 0;
    void* const ours = (interposed().*member)(alignment(), size());
    const int our_errno = errno;
    errno = 0;
    void* const theirs = (glibc().*member)(alignment(), size());
    EXPECT_EQ(our_errno, errno);
    ASSERT_EQ(ours == nullptr, theirs == nullptr);
    if (ours == nullptr) continue;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(ours) % expected_alignment(alignment()), 0u);
    EXPECT_GE(interposed().malloc_usable_size(ours), size());
    interposed().free(ours);
    glibc().free(theirs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, AlignedCalls,
    ::testing::Combine(::testing::Values(0, 1, 2, 3, 4, 7, 8, 12, 16, 17, 24, 32, 48, 64, 100, 4096, 5000, 65536,
                                         size_t{1} << 24, (SIZE_MAX / 2) + 1, SIZE_MAX / 2 + 2, SIZE_MAX),
                       ::testing::Values(0, 1, 15, 16, 100, 4096, 100'000, static_cast<size_t>(PTRDIFF_MAX),
                                         static_cast<size_t>(PTRDIFF_MAX) + 1, SIZE_MAX)));

// Neighbours are kept: where in its page a block lies decides whether it is aligned by chance.
TEST(AlignedNeighbours, AreAllAligned) {
  for (size_t alignment = 16; alignment <= 4096; alignment *= 2) {
    for (size_t size = alignment; size <= 4 * alignment; size *= 2) {
      std::vector<void*> kept;
      size_t misaligned = 0;
      for (int i = 0; i < 100; ++i) {
        kept.push_back(interposed().aligned_alloc(alignment, size));
        misaligned += reinterpret_cast<uintptr_t>(kept.back()) % alignment != 0;
      }
      EXPECT_EQ(misaligned, 0u) << size << " bytes aligned to " << alignment;
      for (void* p : kept) interposed().free(p);
    }
  }
}

TEST(AlignedRealloc, TakesBlocksOfTheAlignedFunctions) {
  void* p = interposed().memalign(4096, 100);
  static_cast<char*>(p)[99] = 'z';
  p = interposed().realloc(p, 50'000);
  EXPECT_EQ(static_cast<char*>(p)[99], 'z');
  interposed().free(p);
}

}  // namespace
}  // namespace heapreel::testing
