// Expectations about allocations, for GoogleTest. The test program links libheapreel.
//
//     #include <heapreel/testing/gtest.h>
//
//     TEST(Solver, DoesNotAllocateOnceItIsWarm) {
//       solver.step();                               // the first time it may
//       EXPECT_NO_ALLOCS(solver.step());
//       EXPECT_ALLOCS_AT_MOST(2, solver.add(body));
//       EXPECT_NO_GROWTH({ load_level(); unload_level(); });
//     }
//
// Only what the calling thread does counts. A failure shows the tracebacks of the allocations. What each macro means,
// exactly: <heapreel/testing/counted_call.h>. There is an ASSERT_ form of each.
#pragma once

#include <gtest/gtest.h>

#include <heapreel/testing/counted_call.h>

#define HEAPREEL_GTEST_REPORT(why, report)                          \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                     \
  if (const std::string heapreel_why = (why); heapreel_why.empty()) \
    ;                                                               \
  else                                                              \
    report << heapreel_why

#define HEAPREEL_CALL(...) [&] { __VA_ARGS__; }

// The statement allocates nothing.
#define EXPECT_NO_ALLOCS(...) EXPECT_ALLOCS_AT_MOST(0, __VA_ARGS__)
#define ASSERT_NO_ALLOCS(...) ASSERT_ALLOCS_AT_MOST(0, __VA_ARGS__)
// The statement makes at most `limit` allocations; a realloc is one.
#define EXPECT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)), ADD_FAILURE())
#define ASSERT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)), FAIL())
// After the statement, the thread's blocks are no more, and hold no more bytes, than before it.
#define EXPECT_NO_GROWTH(...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)), ADD_FAILURE())
#define ASSERT_NO_GROWTH(...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)), FAIL())
