// Expectations about allocations, for Catch2 2 and 3. The test program links libheapreel.
//
//     #include <heapreel/testing/catch2.h>
//
//     TEST_CASE("a solver does not allocate once it is warm") {
//       solver.step();                               // the first step may allocate
//       EXPECT_NO_ALLOCS(solver.step());
//       EXPECT_ALLOCS_AT_MOST(2, solver.add(body));
//       EXPECT_NO_GROWTH({ load_level(); unload_level(); });
//     }
//
// Only allocations of the calling thread count. A failure shows their tracebacks, and the test goes on.
// <heapreel/testing/counted_call.h> says exactly what each macro counts. Catch2's own macros allocate: keep them out of
// the statement.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <heapreel/testing/counted_call.h>

#define HEAPREEL_CALL(...) [&] { __VA_ARGS__; }
#define HEAPREEL_CATCH_REPORT(why)          \
  do {                                      \
    const std::string heapreel_why = (why); \
    if (heapreel_why.empty())               \
      SUCCEED();                            \
    else                                    \
      FAIL_CHECK(heapreel_why);             \
  } while (false)

// Expects that the statement allocates nothing.
#define EXPECT_NO_ALLOCS(...) EXPECT_ALLOCS_AT_MOST(0, __VA_ARGS__)
// Expects that the statement makes at most `limit` allocations; a realloc is one.
#define EXPECT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_CATCH_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)))
// Expects that the thread has no more blocks, and no more bytes in them, after the statement than before it.
#define EXPECT_NO_GROWTH(...) HEAPREEL_CATCH_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)))
