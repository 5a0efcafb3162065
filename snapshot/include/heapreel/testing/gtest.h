// Expectations about allocations, for GoogleTest. The test program links libheapreel.
//
//     #include <heapreel/testing/gtest.h>
//
//     TEST(Solver, DoesNotAllocateOnceItIsWarm) {
//       solver.step();                               // the first step may allocate
//       EXPECT_NO_ALLOCS(solver.step());
//       EXPECT_ALLOCS_AT_MOST(2, solver.add(body));
//       EXPECT_NO_GROWTH({ load_level(); unload_level(); });
//     }
//
// Only allocations of the calling thread count. A failure shows their tracebacks. <heapreel/testing/counted_call.h>
// says exactly what each macro counts. There is an ASSERT_ form of each.
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

// Expects that the statement allocates nothing.
#define EXPECT_NO_ALLOCS(...) EXPECT_ALLOCS_AT_MOST(0, __VA_ARGS__)
#define ASSERT_NO_ALLOCS(...) ASSERT_ALLOCS_AT_MOST(0, __VA_ARGS__)
// Expects that the statement makes at most `limit` allocations; a realloc is one.
#define EXPECT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)), ADD_FAILURE())
#define ASSERT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)), FAIL())
// Expects that the thread has no more blocks, and no more bytes in them, after the statement than before it.
#define EXPECT_NO_GROWTH(...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)), ADD_FAILURE())
#define ASSERT_NO_GROWTH(...) \
  HEAPREEL_GTEST_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)), FAIL())
