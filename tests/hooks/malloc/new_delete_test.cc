// One event for every form of operator new and delete, with the size asked for; the C++ rules when memory is
// short.
#include <gtest/gtest.h>

#include <cstdint>
#include <new>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;
using std::align_val_t;
using std::nothrow;

constexpr align_val_t k64{64};
constexpr size_t kTooMuch = static_cast<size_t>(PTRDIFF_MAX) - 4096;

TEST(NewEvents, AreOnePerBlockInEveryForm) {
  Recording recording;
  void* const blocks[] = {operator new(0),
                          operator new[](1),
                          operator new(2, nothrow),
                          operator new[](3, nothrow),
                          operator new(4, k64),
                          operator new[](5, k64),
                          operator new(6, k64, nothrow),
                          operator new[](7, k64, nothrow)};
  recording.stop();
  Events expected;
  for (size_t n = 0; n < 8; ++n) {
    expected.push_back(alloc(blocks[n], n));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(blocks[n]) % (n < 4 ? 16 : 64), 0u);
  }
  EXPECT_EQ(recording.events(), expected);
  for (void* p : blocks) operator delete(p);
}

TEST(DeleteEvents, AreOnePerBlockInEveryForm) {
  void* blocks[12];
  for (void*& p : blocks) p = operator new(100, k64);
  Recording recording;
  operator delete(blocks[0]);
  operator delete[](blocks[1]);
  operator delete(blocks[2], nothrow);
  operator delete[](blocks[3], nothrow);
  operator delete (blocks[4], size_t{100});
  operator delete[](blocks[5], size_t{100});
  operator delete(blocks[6], k64);
  operator delete[](blocks[7], k64);
  operator delete(blocks[8], k64, nothrow);
  operator delete[](blocks[9], k64, nothrow);
  operator delete (blocks[10], size_t{100}, k64);
  operator delete[](blocks[11], size_t{100}, k64);
  operator delete(nullptr);
  recording.stop();
  Events expected;
  for (void* p : blocks) expected.push_back(free(p));
  EXPECT_EQ(recording.events(), expected);
}

TEST(NewFailure, ThrowsBadAllocOrReturnsNullAndRecordsNothing) {
  int thrown = 0;
  void* without_throw[4];
  volatile size_t too_much = kTooMuch;
  Recording recording;
  try {
    (void)operator new(too_much);
  } catch (const std::bad_alloc&) {
    ++thrown;
  }
  try {
    (void)operator new[](too_much);
  } catch (const std::bad_alloc&) {
    ++thrown;
  }
  try {
    (void)operator new(too_much, k64);
  } catch (const std::bad_alloc&) {
    ++thrown;
  }
  try {
    (void)operator new[](too_much, k64);
  } catch (const std::bad_alloc&) {
    ++thrown;
  }
  without_throw[0] = operator new(too_much, nothrow);
  without_throw[1] = operator new[](too_much, nothrow);
  without_throw[2] = operator new(too_much, k64, nothrow);
  without_throw[3] = operator new[](too_much, k64, nothrow);
  recording.stop();
  EXPECT_EQ(thrown, 4);
  for (void* p : without_throw) EXPECT_EQ(p, nullptr);
  for (const Event& event : recording.events()) EXPECT_LT(event.n, 4096u) << "only exception objects";
}

TEST(NewFailure, RunsTheNewHandlerUntilItGivesUp) {
  static int calls;
  calls = 0;
  std::set_new_handler([] {
    if (++calls == 3) std::set_new_handler(nullptr);
  });
  volatile size_t too_much = kTooMuch;
  EXPECT_THROW((void)operator new(too_much), std::bad_alloc);
  EXPECT_EQ(calls, 3);
}

TEST(NewFailure, CatchesInTheNothrowFormsWhatTheNewHandlerThrows) {
  std::set_new_handler([] { throw std::bad_alloc(); });
  volatile size_t too_much = kTooMuch;
  EXPECT_EQ(operator new(too_much, nothrow), nullptr);
  EXPECT_EQ(operator new[](too_much, k64, nothrow), nullptr);
  std::set_new_handler(nullptr);
}

TEST(NewFailure, ComesFromAnAlignmentThatIsNoPowerOfTwo) {
  volatile size_t odd = 48;
  EXPECT_THROW((void)operator new (10, align_val_t{odd}), std::bad_alloc);
}

}  // namespace
}  // namespace heapreel::testing
