// Which events each C function reports: exactly one per block, with the size asked for, and nothing for calls
// that change nothing.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdint>
#include <cstdlib>

#include "tests/hooks/fake_recorder.h"

extern "C" void cfree(void*);
extern "C" void free_sized(void*, size_t);
extern "C" void free_aligned_sized(void*, size_t, size_t);

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;
constexpr size_t kHuge = static_cast<size_t>(PTRDIFF_MAX) + 1;

TEST(MallocEvents, CarryTheRequestedSize) {
  Recording recording;
  void* const empty = std::malloc(0);
  void* const small = std::malloc(3);
  void* const large = std::malloc(5'000'000);
  std::free(small);
  std::free(large);
  std::free(empty);
  recording.stop();
  EXPECT_EQ(recording.events(),
            (Events{alloc(empty, 0), alloc(small, 3), alloc(large, 5'000'000), free(small), free(large), free(empty)}));
}

TEST(MallocEvents, AreNoneForFailures) {
  Recording recording;
  void* const a = std::malloc(kHuge);
  void* const b = std::calloc(SIZE_MAX, SIZE_MAX);
  void* const c = std::realloc(nullptr, kHuge);
  void* const d = ::reallocarray(nullptr, SIZE_MAX, 2);
  void* const e = ::memalign(64, kHuge);
  void* const f = ::aligned_alloc(SIZE_MAX, 1);
  void* const g = ::valloc(kHuge);
  void* const h = ::pvalloc(SIZE_MAX);
  void* i = nullptr;
  const int bad_alignment = ::posix_memalign(&i, 3, 10);
  const int too_large = ::posix_memalign(&i, 64, kHuge);
  recording.stop();
  EXPECT_TRUE(!a && !b && !c && !d && !e && !f && !g && !h && !i && bad_alignment && too_large);
  EXPECT_EQ(recording.events(), Events{});
}

TEST(MallocEvents, AreNoneForNull) {
  Recording recording;
  std::free(nullptr);
  cfree(nullptr);
  free_sized(nullptr, 0);
  free_aligned_sized(nullptr, 0, 0);
  recording.stop();
  EXPECT_EQ(recording.events(), Events{});
}

TEST(MallocEvents, AreNoneWhenTracingIsOff) {
  Recording recording;
  recording.stop();
  std::free(std::realloc(std::malloc(10), 20));
  EXPECT_EQ(recording.events(), Events{});
}

TEST(CallocEvents, CarryTheProduct) {
  Recording recording;
  void* const p = std::calloc(3, 7);
  std::free(p);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{alloc(p, 21), free(p)}));
}

TEST(ReallocEvents, OfNullAreAllocations) {
  Recording recording;
  void* const p = std::realloc(nullptr, 100);
  void* const q = ::reallocarray(nullptr, 5, 9);
  std::free(p);
  std::free(q);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{alloc(p, 100), alloc(q, 45), free(p), free(q)}));
}

TEST(ReallocEvents, ToSizeZeroAreFrees) {
  void* const p = std::malloc(100);
  void* const q = std::malloc(100);
  Recording recording;
  void* const r = std::realloc(p, 0);
  void* const s = ::reallocarray(q, 0, 8);
  recording.stop();
  EXPECT_EQ(r, nullptr);
  EXPECT_EQ(s, nullptr);
  EXPECT_EQ(recording.events(), (Events{free(p), free(q)}));
}

TEST(AlignedEvents, CarryTheRequestedSizeAndNoAlignment) {
  Recording recording;
  void* p = nullptr;
  const int failed = ::posix_memalign(&p, 64, 10);
  void* const q = ::memalign(48, 11);
  void* const r = ::aligned_alloc(128, 12);
  void* const s = ::valloc(13);
  void* const t = ::pvalloc(14);
  for (void* block : {p, q, r, s, t}) std::free(block);
  recording.stop();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(recording.events(), (Events{alloc(p, 10), alloc(q, 11), alloc(r, 12), alloc(s, 13), alloc(t, 14), free(p),
                                        free(q), free(r), free(s), free(t)}));
}

TEST(FreeEvents, ComeFromEveryFormOfFree) {
  void* const p = std::malloc(1);
  void* const q = std::malloc(2);
  void* const r = ::aligned_alloc(64, 64);
  Recording recording;
  cfree(p);
  free_sized(q, 2);
  free_aligned_sized(r, 64, 64);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{free(p), free(q), free(r)}));
}

template <void* (*kAllocate)()>
[[gnu::noinline]] void* allocate_here() {
  void* const p = kAllocate();
  asm volatile("" : : "r"(p) : "memory");  // no tail call: the frame must be here while the hook runs
  return p;
}

#define HEAPREEL_ALLOCATE(name, expression)    \
  [[gnu::always_inline]] inline void* name() { \
    return expression;                         \
  }
HEAPREEL_ALLOCATE(by_malloc, std::malloc(10))
HEAPREEL_ALLOCATE(by_calloc, std::calloc(2, 5))
HEAPREEL_ALLOCATE(by_realloc, std::realloc(nullptr, 10))
HEAPREEL_ALLOCATE(by_reallocarray, reallocarray(nullptr, 2, 5))
HEAPREEL_ALLOCATE(by_aligned_alloc, std::aligned_alloc(64, 64))
HEAPREEL_ALLOCATE(by_new, ::operator new(10))
HEAPREEL_ALLOCATE(by_new_array, ::operator new[](10))
HEAPREEL_ALLOCATE(by_new_nothrow, ::operator new(10, std::nothrow))
HEAPREEL_ALLOCATE(by_new_array_nothrow, ::operator new[](10, std::nothrow))
HEAPREEL_ALLOCATE(by_new_aligned, ::operator new (10, std::align_val_t{64}))
HEAPREEL_ALLOCATE(by_new_array_aligned, ::operator new[](10, std::align_val_t{64}))
HEAPREEL_ALLOCATE(by_new_aligned_nothrow, ::operator new (10, std::align_val_t{64}, std::nothrow))
HEAPREEL_ALLOCATE(by_new_array_aligned_nothrow, ::operator new[](10, std::align_val_t{64}, std::nothrow))
#undef HEAPREEL_ALLOCATE

// A hook that has something to record ends in a jump: had it called, the walk would begin in the hook.
TEST(WalkStart, IsInTheFunctionThatCalledTheHook) {
  void* (*const callers[])() = {
      allocate_here<by_malloc>,
      allocate_here<by_calloc>,
      allocate_here<by_realloc>,
      allocate_here<by_reallocarray>,
      allocate_here<by_aligned_alloc>,
      allocate_here<by_new>,
      allocate_here<by_new_array>,
      allocate_here<by_new_nothrow>,
      allocate_here<by_new_array_nothrow>,
      allocate_here<by_new_aligned>,
      allocate_here<by_new_array_aligned>,
      allocate_here<by_new_aligned_nothrow>,
      allocate_here<by_new_array_aligned_nothrow>,
  };
  for (size_t i = 0; i < std::size(callers); ++i) {
    Recording recording;
    void* const p = callers[i]();
    recording.stop();
    std::free(p);
    ASSERT_EQ(recording.events().size(), 1u) << i;
    const auto function = reinterpret_cast<uintptr_t>(callers[i]);
    EXPECT_GT(recording.events()[0].pc, function) << i;
    EXPECT_LT(recording.events()[0].pc, function + 128) << i;
  }
}

}  // namespace
}  // namespace heapreel::testing
