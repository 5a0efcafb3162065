#include "snapshot/reel/format/packed_numbers.h"

#include <gtest/gtest.h>

#include <random>

namespace heapreel {
namespace {

TEST(PackedNumbers, SmallNumbersTakeTwoBytes) {
  PackedNumbers numbers;
  for (uint64_t number = 0; number < 10'000; ++number) numbers.push_back(number % 5'000);
  EXPECT_LE(numbers.bytes(), 20'000u);
}

TEST(PackedNumbers, AreThoseOfAVector) {
  std::mt19937_64 random(1);
  PackedNumbers numbers;
  std::vector<uint64_t> expected;
  for (int step = 0; step < 10'000; ++step) {
    if (!expected.empty() && random() % 3 == 0) {
      numbers.pop_back();
      expected.pop_back();
    } else {
      const uint64_t number = random() >> random() % 64;  // of every length
      numbers.push_back(number);
      expected.push_back(number);
    }
    if (step % 100 == 0) {
      ASSERT_EQ(numbers.all(), expected) << "after step " << step;
    }
  }
  while (!expected.empty()) {
    numbers.pop_back();
    expected.pop_back();
  }
  EXPECT_EQ(numbers.bytes(), 0u);
  numbers.push_back(7);
  numbers.clear();
  EXPECT_EQ(numbers.all(), expected);
}

}  // namespace
}  // namespace heapreel
