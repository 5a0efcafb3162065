#include "hooks/game_frame/present_boundary.h"

#include <gtest/gtest.h>

namespace heapreel::hooks {
namespace {

constexpr uint32_t kRender = 1, kSwap = 2, kFlip = 3;

TEST(PresentBoundaryTest, TheFirstCallThatIsMetEndsGameFrames) {
  PresentBoundary boundary;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(boundary.ends_game_frame(kRender, 100));
    EXPECT_FALSE(boundary.ends_game_frame(kSwap, 7));
    EXPECT_FALSE(boundary.ends_game_frame(kFlip, 7));
  }
}

TEST(PresentBoundaryTest, AnotherWindowOfTheSameFunctionEndsNone) {
  PresentBoundary boundary;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(boundary.ends_game_frame(kSwap, 1));
    EXPECT_FALSE(boundary.ends_game_frame(kSwap, 2));
  }
}

TEST(PresentBoundaryTest, WhatComesTwiceWithoutTheFirstTakesOver) {
  PresentBoundary boundary;
  EXPECT_TRUE(boundary.ends_game_frame(kFlip, 1));
  EXPECT_TRUE(boundary.ends_game_frame(kFlip, 1));
  EXPECT_FALSE(boundary.ends_game_frame(kSwap, 2));
  EXPECT_TRUE(boundary.ends_game_frame(kSwap, 2));
  EXPECT_TRUE(boundary.ends_game_frame(kSwap, 2));
  EXPECT_FALSE(boundary.ends_game_frame(kFlip, 1));
  EXPECT_TRUE(boundary.ends_game_frame(kSwap, 2));
}

TEST(PresentBoundaryTest, OneOfSeveralThatComeInTurnTakesOverAtLast) {
  PresentBoundary boundary;
  EXPECT_TRUE(boundary.ends_game_frame(kFlip, 1));
  int ended = 0;
  for (int i = 0; i < 100; ++i) {
    ended += boundary.ends_game_frame(kSwap, 2);
    ended += boundary.ends_game_frame(kSwap, 3);
  }
  EXPECT_GE(ended, 90);
  EXPECT_LE(ended, 92);
}

TEST(PresentBoundaryTest, AWindowAtAddressZeroIsOneToo) {
  PresentBoundary boundary;
  EXPECT_TRUE(boundary.ends_game_frame(0, 0));
  EXPECT_FALSE(boundary.ends_game_frame(0, 1));
  EXPECT_TRUE(boundary.ends_game_frame(0, 0));
}

}  // namespace
}  // namespace heapreel::hooks
