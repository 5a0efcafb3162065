#include "tools/command/console/nearest_name.h"

#include <gtest/gtest.h>

namespace heapreel::tools {
namespace {

const std::vector<std::string> kKnown = {"stats", "frames", "diff", "leaks"};

TEST(NearestName, NamesTheOneThatIsFewestEditsAway) {
  EXPECT_EQ(nearest_hint("stat", kKnown), ", did you mean 'stats'?");      // one left out
  EXPECT_EQ(nearest_hint("fframes", kKnown), ", did you mean 'frames'?");  // one too many
  EXPECT_EQ(nearest_hint("lecks", kKnown), ", did you mean 'leaks'?");     // one other
  EXPECT_EQ(nearest_hint("sttas", kKnown), ", did you mean 'stats'?");     // two that changed places
}

TEST(NearestName, AllowsAThirdOfTheNameToDiffer) {
  EXPECT_EQ(nearest_hint("frames12", kKnown), ", did you mean 'frames'?");
  EXPECT_EQ(nearest_hint("frames123", kKnown), ", did you mean 'frames'?");
  EXPECT_EQ(nearest_hint("frames1234", kKnown), "");
}

TEST(NearestName, SaysNothingWhenNoNameIsClose) {
  EXPECT_EQ(nearest_hint("overlay", kKnown), "");
  EXPECT_EQ(nearest_hint("x", kKnown), "");
  EXPECT_EQ(nearest_hint("stats", {}), "");
}

TEST(NearestName, PrefersTheFirstOfTwoThatAreAsClose) {
  EXPECT_EQ(nearest_hint("ab", {"ac", "ad"}), ", did you mean 'ac'?");
}

TEST(NearestNameTest, IsFoundByAPartOfIt) {
  const std::vector<std::string> tags = {"Level", "Physics/Solver", "Physics"};
  EXPECT_EQ(nearest_hint("phys", tags), ", did you mean 'Physics'?");
  EXPECT_EQ(nearest_hint("Solver", tags, "tag "), ", did you mean 'tag Physics/Solver'?");
  EXPECT_EQ(nearest_hint("er", tags), "");  // too short to mean anything
}

}  // namespace
}  // namespace heapreel::tools
