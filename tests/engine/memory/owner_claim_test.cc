#include "engine/memory/owner_claim.h"

#include <gtest/gtest.h>

#include <thread>

namespace heapreel::engine::testing {
namespace {

TEST(OwnerClaimTest, IsInheritedOnceAndOnlyFromTheDead) {
  static OwnerClaim claim;
  bool made = false;
  std::thread([&] { made = claim.begin(); }).join();
  ASSERT_TRUE(made);
  EXPECT_TRUE(claim.inherit());
  EXPECT_FALSE(claim.inherit());  // it is this thread's
  bool inherited_from_the_living = true;
  std::thread([&] { inherited_from_the_living = claim.inherit(); }).join();
  EXPECT_FALSE(inherited_from_the_living);
  claim.end();
}

TEST(OwnerClaimTest, IsInheritedFromEachOwnerInTurn) {
  static OwnerClaim claim;
  int inherited = 0;
  std::thread([&] { inherited += claim.begin() ? 0 : 100; }).join();
  for (int i = 0; i < 50; ++i) std::thread([&] { inherited += claim.inherit() ? 1 : 0; }).join();
  EXPECT_EQ(inherited, 50);
}

}  // namespace
}  // namespace heapreel::engine::testing
