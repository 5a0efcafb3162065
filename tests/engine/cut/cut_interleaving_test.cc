// The cut of epoch.h under deterministic schedules: threads hand a token on, event k follows event k - 1 in happens-
// before, and a cut that shows k must show all before it. Weakened variants of either side must be caught.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <set>

#include "engine/memory/epoch.h"
#include "engine/ring/ring_reader.h"
#include "tests/engine/scheduled_atomic.h"
#include "tests/engine/test_budget.h"

namespace heapreel::engine::testing {
namespace {

struct Faithful {
  static constexpr bool kMarksBeforeAdvance = false;
  static constexpr bool kIgnoresTags = false;
  static constexpr bool kTagBeforeOwnership = false;
  static constexpr bool kStaleMark = false;
};
struct ReadsMarksBeforeItAdvances : Faithful {
  static constexpr bool kMarksBeforeAdvance = true;
};
struct IgnoresTags : Faithful {
  static constexpr bool kIgnoresTags = true;
};
struct ReadsItsTagBeforeItOwnsTheBlock : Faithful {
  static constexpr bool kTagBeforeOwnership = true;
};
struct KeepsAMarkOfTheCutBefore : Faithful {
  static constexpr bool kStaleMark = true;
};

template <class Sides>
class CutRun {
 public:
  std::string run(uint64_t seed) {
    seed_ = seed;
    for (auto& segment : segments_) segment = std::make_unique<Segment>();
    for (size_t i = 0; i < kHooks; ++i) rings_[i].chain(segments_[i].get());
    Schedule::run(seed, {[this] { hooks(0); }, [this] { hooks(1); }, [this] { hooks(2); }, [this] { cuts(); }});
    return wrong_;
  }

 private:
  static constexpr size_t kHooks = 3;
  static constexpr uint64_t kEvents = 24;
  static constexpr int kCuts = 6;

  size_t owner_of(uint64_t number) const { return ((number ^ seed_ * 77) * 0x9e3779b97f4a7c15) >> 40 & 1023; }

  void hooks(size_t me) {
    uint64_t ring_tag = 0;
    for (;;) {
      uint64_t tag = Sides::kTagBeforeOwnership ? epoch_.tag() : 0;
      const uint64_t number = turn_.load(std::memory_order_acquire);
      if (number > kEvents) return;
      if (owner_of(number) % kHooks != me) continue;
      begun_ = number;
      if (!Sides::kTagBeforeOwnership) tag = epoch_.tag();  // P1
      if (tag > ring_tag) {                                 // P2
        uint64_t* word = rings_[me].prepare(1);
        *word = event::epoch_word(rings_[me].issued_low(), tag);
        rings_[me].commit(word + 1, 0);
        ring_tag = tag;
      }
      uint64_t* word = rings_[me].prepare(1);
      *word = event::free_word(EventKind::kFree, 0, static_cast<BlockId>(number));  // P3
      rings_[me].commit(word + 1, 1);                                               // P4
      returned_ = number;
      turn_.store(number + 1, std::memory_order_release);
    }
  }

  void cuts() {
    std::set<uint64_t> seen;
    for (int cut = 0; cut < kCuts && wrong_.empty(); ++cut) {
      const uint64_t returned_before = returned_;
      uint64_t epoch = 0;
      if (!Sides::kMarksBeforeAdvance) epoch = epoch_.advance();  // S1, S2
      for (size_t i = 0; i < kHooks; ++i) {                       // S3
        if (!Sides::kStaleMark || i != 0 || cut % 2 == 0) marks_[i] = rings_[i].published();
      }
      if (Sides::kMarksBeforeAdvance) epoch = epoch_.advance();
      const uint64_t begun_after = begun_;
      for (size_t i = 0; i < kHooks; ++i) {
        readers_[i].drain(
            rings_[i], readers_[i].position_of(marks_[i]),
            [&](const uint64_t* words, auto...) -> uint32_t {
              if (event::kind_of(*words) == EventKind::kEpoch) {
                return event::epoch_of(*words) > epoch && !Sides::kIgnoresTags ? 0 : 1;
              }
              seen.insert(event::block_of(*words));
              return 1;
            },
            [](Segment*) {});
      }
      const uint64_t newest = seen.empty() ? 0 : *seen.rbegin();
      if (newest != seen.size()) wrong_ = "an effect without its cause";
      if (seen.size() < returned_before) wrong_ = "an event missing whose hook had returned";
      if (newest > begun_after) wrong_ = "an event of a hook that had not begun";
    }
  }

  BasicEpoch<ScheduledAtomic> epoch_;
  BasicEventRing<ScheduledAtomic> rings_[kHooks];
  BasicRingReader<BasicEventRing<ScheduledAtomic>, Segment> readers_[kHooks];
  std::unique_ptr<Segment> segments_[kHooks];
  ScheduledAtomic<uint64_t> turn_{1};
  RingMark marks_[kHooks];
  uint64_t seed_ = 0;
  // What the schedule has come to; no part of the protocol.
  uint64_t begun_ = 0;
  uint64_t returned_ = 0;
  std::string wrong_;
};

template <class Sides>
std::string first_violation(uint64_t first_seed, uint64_t schedules) {
  for (uint64_t i = 0; i < schedules; ++i) {
    const std::string wrong = std::make_unique<CutRun<Sides>>()->run(first_seed + i);
    if (!wrong.empty())
      return wrong + " (seed " + std::to_string(first_seed + i) + ", schedule " + std::to_string(i + 1) + ")";
  }
  return "";
}

template <class Sides>
void expect_caught(const char* mutant) {
  const std::string wrong = first_violation<Sides>(TestBudget::first_seed(), 5000);
  EXPECT_NE(wrong, "") << mutant << " was not caught";
  std::cout << mutant << ": caught by " << wrong << "\n";
}

TEST(CutInterleavingTest, EveryCutIsCompleteExclusiveAndClosed) {
  EXPECT_EQ(first_violation<Faithful>(TestBudget::first_seed(), 5000), "");
}
TEST(CutInterleavingTest, ReadingMarksBeforeTheEpochAdvancesIsCaught) {
  expect_caught<ReadsMarksBeforeItAdvances>("marks before advance");
}
TEST(CutInterleavingTest, CutThatIgnoresTagsIsCaught) {
  expect_caught<IgnoresTags>("no tag filter");
}
TEST(CutInterleavingTest, TagReadBeforeTheBlockIsOwnedIsCaught) {
  expect_caught<ReadsItsTagBeforeItOwnsTheBlock>("tag before ownership");
}
TEST(CutInterleavingTest, MarkOfAnEarlierCutIsCaught) {
  expect_caught<KeepsAMarkOfTheCutBefore>("stale mark");
}

}  // namespace
}  // namespace heapreel::engine::testing
