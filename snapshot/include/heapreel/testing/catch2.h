// Expectations about allocations, for Catch2 2 and 3. The test program links libheapreel.
//
//     #include <heapreel/testing/catch2.h>
//
//     TEST_CASE("a solver does not allocate once it is warm") {
//       solver.step();                               // the first time it may
//       EXPECT_NO_ALLOCS(solver.step());
//       EXPECT_ALLOCS_AT_MOST(2, solver.add(body));
//       EXPECT_NO_GROWTH({ load_level(); unload_level(); });
//     }
//
// Only what the calling thread does counts. A failure shows the tracebacks of the allocations, and the test goes on. What
// each macro means, exactly: <heapreel/testing/counted_call.h>. Catch2's own macros allocate: keep them out of the
// statement.
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

// The statement allocates nothing.
#define EXPECT_NO_ALLOCS(...) EXPECT_ALLOCS_AT_MOST(0, __VA_ARGS__)
// The statement makes at most `limit` allocations; a realloc is one.
#define EXPECT_ALLOCS_AT_MOST(limit, ...) \
  HEAPREEL_CATCH_REPORT(::heapreel::testing::why_more_allocs_than((limit), HEAPREEL_CALL(__VA_ARGS__)))
// After the statement, the thread's blocks are no more, and hold no more bytes, than before it.
#define EXPECT_NO_GROWTH(...) HEAPREEL_CATCH_REPORT(::heapreel::testing::why_grown_by(HEAPREEL_CALL(__VA_ARGS__)))
