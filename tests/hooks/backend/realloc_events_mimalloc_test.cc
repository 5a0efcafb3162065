// Over mimalloc the hooks own the realloc: it is one move, published while both blocks exist.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;

TEST(ReallocOverMimalloc, IsOneMoveWhenTheBlockMoves) {
  void* const p = std::malloc(100);
  Recording recording;
  void* const q = std::realloc(p, 100'000);
  recording.stop();
  EXPECT_NE(p, q);
  EXPECT_EQ(recording.events(), Events{move(p, q, 100'000)});
  std::free(q);
}

TEST(ReallocOverMimalloc, IsOneMoveOntoItselfInPlace) {
  void* const p = std::malloc(1000);
  Recording recording;
  void* const q = std::realloc(p, 1001);
  void* const r = std::realloc(q, 900);
  recording.stop();
  EXPECT_EQ(p, q);
  EXPECT_EQ(q, r);
  EXPECT_EQ(recording.events(), (Events{move(p, p, 1001), move(p, p, 900)}));
  std::free(r);
}

TEST(ReallocOverMimalloc, GivesMemoryBackWhenItShrinksALot) {
  void* const p = std::malloc(1'000'000);
  Recording recording;
  void* const q = std::realloc(p, 10);
  recording.stop();
  EXPECT_NE(p, q);
  EXPECT_EQ(recording.events(), Events{move(p, q, 10)});
  std::free(q);
}

TEST(ReallocOverMimalloc, IsNoEventWhenItFails) {
  void* const p = std::malloc(100);
  Recording recording;
  void* const q = std::realloc(p, static_cast<size_t>(PTRDIFF_MAX) + 1);
  recording.stop();
  EXPECT_EQ(q, nullptr);
  EXPECT_EQ(recording.events(), Events{});
  std::free(p);
}

}  // namespace
}  // namespace heapreel::testing
