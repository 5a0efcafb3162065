// The expectations about allocations: what passes, what fails, and what a failure says.
#include <heapreel/testing/gtest.h>

#include <heapreel/engine.h>

#include <gtest/gtest-spi.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace heapreel::testing {
namespace {

[[gnu::noinline]] void* allocate_in_a_function_with_a_name(size_t n) {
  void* p = std::malloc(n);
  asm volatile("" : "+r"(p));  // or the function would end in a jump to malloc, and have no frame
  return p;
}

TEST(ExpectNoAllocs, PassesWhereNothingIsAllocated) {
  std::vector<int> numbers(100);
  EXPECT_NO_ALLOCS(for (int& number : numbers) number = 1);
  EXPECT_FALSE(is_tracing()) << "what the expectation began it ends";
}

TEST(ExpectNoAllocs, FailsWithTheTracebackOfWhatWasAllocatedAndFreedAgain) {
  EXPECT_NONFATAL_FAILURE(
      EXPECT_NO_ALLOCS(std::free(allocate_in_a_function_with_a_name(40))),
      "1 allocation on this thread, and none is allowed:\n1 allocation at (most recent call first):");
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_ALLOCS(std::free(allocate_in_a_function_with_a_name(40))),
                          "allocate_in_a_function_with_a_name(unsigned long)");
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_ALLOCS(std::free(allocate_in_a_function_with_a_name(40))), "gtest_test.cc:");
}

TEST(ExpectNoAllocs, DoesNotSeeWhatOtherThreadsAllocate) {
  std::atomic<bool> stop{false};
  std::atomic<int> made{0};
  std::thread other([&] {
    while (!stop) std::free(std::malloc(100)), ++made;
  });
  while (made == 0) std::this_thread::yield();
  EXPECT_NO_ALLOCS(for (const int before = made; made == before;) std::this_thread::yield());
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_ALLOCS(std::free(std::malloc(1))), "1 allocation on this thread");
  stop = true;
  other.join();
}

TEST(ExpectNoAllocs, CountsWhatIsAllocatedInTagsOfTheCallsOwn) {
  heapreel::start();
  const heapreel_tag_id tag = heapreel_register_tag("Solver");
  const auto tagged = [&] {
    const heapreel_tag_id before = heapreel_tag_push(tag);
    std::free(std::malloc(10));
    heapreel_tag_pop(before);
  };
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_ALLOCS(tagged(), std::free(std::malloc(10))), "2 allocations on this thread");
  EXPECT_EQ(heapreel_current_tag(), 0u);
  EXPECT_TRUE(is_tracing()) << "the expectation did not begin it";
  heapreel::stop();
}

TEST(ExpectNoAllocs, DoesNotCountWhatAnAllocatorReportsInItsOwnDomain) {
  heapreel::start();
  static char arena[64];
  const heapreel_domain_id domain = heapreel_register_domain("Arena", 16);
  EXPECT_NO_ALLOCS(heapreel_alloc(domain, arena, 16); heapreel_alloc(domain, arena + 16, 16));
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_ALLOCS(heapreel_alloc(domain, arena, 16); std::free(std::malloc(1))),
                          "1 allocation on this thread");
  heapreel::stop();
}

TEST(ExpectNoAllocs, LetsExceptionsThroughAndPutsTheTagBack) {
  heapreel::start();
  EXPECT_THROW(why_more_allocs_than(0, [] { throw 1; }), int);
  EXPECT_EQ(heapreel_current_tag(), 0u);
  heapreel::stop();
}

TEST(ExpectAllocsAtMost, CountsReallocsAsOne) {
  const auto three = [] {
    void* p = std::malloc(10);
    p = std::realloc(p, 1000);
    std::free(std::calloc(3, 3));
    std::free(p);
  };
  EXPECT_ALLOCS_AT_MOST(3, three());
  EXPECT_NONFATAL_FAILURE(EXPECT_ALLOCS_AT_MOST(2, three()), "3 allocations on this thread, and at most 2 allowed");
}

TEST(ExpectNoGrowth, PassesWhereAllIsGivenBackAndFailsWithWhatIsNot) {
  heapreel::start();
  std::vector<std::unique_ptr<int>> kept;
  kept.reserve(10);
  EXPECT_NO_GROWTH({
    std::string text(100, 'x');
    text += text;
  });
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_GROWTH(kept.push_back(std::make_unique<int>(1))), "+1 blocks, +4 bytes");
  kept.push_back(std::make_unique<int>(1));
  EXPECT_NO_GROWTH(kept.back() = nullptr; kept.back() = std::make_unique<int>(2));
  std::string text(100, 'x');
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_GROWTH(text = std::string(200, 'y')), "0 blocks, +100 bytes");
  heapreel::stop();
}

TEST(ExpectNoGrowth, SaysThatItDoesNotKnowBlocksFromBeforeTracing) {
  std::string text(100, 'x');
  EXPECT_NONFATAL_FAILURE(EXPECT_NO_GROWTH(text = std::string(50, 'y')), "1 block from before tracing began");
}

// The same from a function that returns nothing, where the fatal forms may stand.
void fatal_failure() {
  ASSERT_NO_ALLOCS(std::free(std::malloc(1)));
  ADD_FAILURE() << "never reached";
}

TEST(AssertNoAllocs, EndsTheTest) {
  EXPECT_FATAL_FAILURE(fatal_failure(), "1 allocation on this thread");
}

}  // namespace
}  // namespace heapreel::testing
