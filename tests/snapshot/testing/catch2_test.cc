// The expectations about allocations in Catch2. Those that should fail are in a test case of their own, which must.
#define CATCH_CONFIG_MAIN
#include <heapreel/testing/catch2.h>

#include <cstdlib>

TEST_CASE("a call that allocates nothing passes") {
  int number = 0;
  EXPECT_NO_ALLOCS(++number);
  CHECK(number == 1);
  EXPECT_ALLOCS_AT_MOST(2, std::free(std::malloc(10)); std::free(std::malloc(10)));
  EXPECT_NO_GROWTH(std::free(std::malloc(10)));
  EXPECT_NO_ALLOCS(if (number == 7) std::free(std::malloc(10)));
}

TEST_CASE("an allocation fails", "[!shouldfail]") {
  EXPECT_NO_ALLOCS(std::free(std::malloc(10)));
}

TEST_CASE("an allocation too many fails", "[!shouldfail]") {
  EXPECT_ALLOCS_AT_MOST(1, std::free(std::malloc(10)); std::free(std::malloc(10)));
}

TEST_CASE("growth fails", "[!shouldfail]") {
  static void* kept = nullptr;
  EXPECT_NO_GROWTH(kept = std::malloc(10));
  std::free(kept);
}
