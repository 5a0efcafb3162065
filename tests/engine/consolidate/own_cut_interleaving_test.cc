// The consolidator's own cuts beside those of the program's threads, with no lock between them, under deterministic
// schedules: after every cut that it applies, its own or one that was asked for, what it has seen is closed; and a cut
// that was asked for shows what it must, and nothing that began after it. Weakened variants must be caught.
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
  static constexpr bool kCutsRegardless = false;
  static constexpr bool kCountsQuietAdvances = true;
};
struct CutsWhileAnotherIsTaken : Faithful {
  static constexpr bool kCutsRegardless = true;
};
struct ForgetsQuietAdvances : Faithful {
  static constexpr bool kCountsQuietAdvances = false;
};

template <class Sides>
class OwnCutRun {
 public:
  std::string run(uint64_t seed) {
    seed_ = seed;
    for (auto& segment : segments_) segment = std::make_unique<Segment>();
    for (size_t i = 0; i < kHooks; ++i) rings_[i].chain(segments_[i].get());
    Schedule::run(seed, {[this] { hooks(0); }, [this] { hooks(1); }, [this] { ask_for_cuts(); }, [this] { serve(); }});
    if (wrong_.empty() && seen_.size() != kEvents) wrong_ = "events that no cut ever came to";
    return wrong_;
  }

 private:
  static constexpr size_t kHooks = 2;
  static constexpr uint64_t kEvents = 24;
  static constexpr uint64_t kRequests = 4;
  static constexpr int kRounds = 30;

  struct Request {
    uint64_t epoch = 0;
    RingMark marks[kHooks];
    uint64_t returned_before = 0;
    uint64_t begun_after = 0;
  };

  // Event k + 1 begins when the hook of event k has returned, on whichever thread.
  void hooks(size_t me) {
    uint64_t ring_tag = 0;
    for (;;) {
      const uint64_t number = turn_.load(std::memory_order_acquire);
      if (number > kEvents) return;
      if (((number * 0x9e3779b97f4a7c15 ^ seed_ * 77) >> 20 & 1023) % kHooks != me) continue;
      begun_ = number;
      const uint64_t tag = epoch_.tag();
      if (tag > ring_tag) {
        uint64_t* word = rings_[me].prepare(1);
        *word = event::epoch_word(rings_[me].issued_low(), tag);
        rings_[me].commit(word + 1, 0);
        ring_tag = tag;
      }
      uint64_t* word = rings_[me].prepare(1);
      *word = event::free_word(EventKind::kFree, 0, static_cast<BlockId>(number));
      rings_[me].commit(word + 1, 1);
      returned_ = number;
      turn_.store(number + 1, std::memory_order_release);
    }
  }

  void ask_for_cuts() {
    for (uint64_t i = 0; i < kRequests; ++i) {
      Request& request = requests_[i];
      request.returned_before = returned_;
      request.epoch = epoch_.advance();
      for (size_t ring = 0; ring < kHooks; ++ring) request.marks[ring] = rings_[ring].published();
      request.begun_after = begun_;
      queued_.store(i + 1, std::memory_order_release);
    }
    epoch_.advance();  // as when tracing ends
    quiet_.fetch_add(1, std::memory_order_relaxed);
    requests_done_ = true;
  }

  void serve() {
    for (int round = 0; wrong_.empty() && (round < kRounds || !all_done()); ++round) {
      while (served_ < queued_.load(std::memory_order_acquire)) {
        const Request& request = requests_[served_++];
        apply(request.epoch, request.marks);
        if (seen_.size() < request.returned_before) wrong_ = "an event missing whose hook had returned";
        if (newest() > request.begun_after) wrong_ = "an event of a hook that had not begun";
      }
      own_cut();
    }
    // With everybody gone the last own cut comes to everything.
    for (int last = 0; last < 2; ++last) own_cut();
  }

  void own_cut() {
    uint64_t epoch = BasicEpoch<ScheduledAtomic>::kFirst + served_ + own_cuts_;
    if (Sides::kCountsQuietAdvances) epoch += quiet_.load(std::memory_order_relaxed);
    if (Sides::kCutsRegardless) {
      epoch = epoch_.advance();
    } else if (!epoch_.advance_from(epoch)) {
      return;
    }
    ++own_cuts_;
    RingMark marks[kHooks];
    for (size_t ring = 0; ring < kHooks; ++ring) marks[ring] = rings_[ring].published();
    apply(epoch, marks);
  }

  void apply(uint64_t epoch, const RingMark (&marks)[kHooks]) {
    for (size_t ring = 0; ring < kHooks; ++ring) {
      readers_[ring].drain(
          rings_[ring], readers_[ring].position_of(marks[ring]),
          [&](const uint64_t* words, auto...) -> uint32_t {
            if (event::kind_of(*words) == EventKind::kEpoch) return event::epoch_of(*words) > epoch ? 0 : 1;
            seen_.insert(event::block_of(*words));
            return 1;
          },
          [](Segment*) {});
    }
    if (newest() != seen_.size()) wrong_ = "an effect without its cause";
  }

  uint64_t newest() const { return seen_.empty() ? 0 : *seen_.rbegin(); }
  bool all_done() const { return returned_ == kEvents && requests_done_ && served_ == kRequests; }

  BasicEpoch<ScheduledAtomic> epoch_;
  BasicEventRing<ScheduledAtomic> rings_[kHooks];
  BasicRingReader<BasicEventRing<ScheduledAtomic>, Segment> readers_[kHooks];
  std::unique_ptr<Segment> segments_[kHooks];
  ScheduledAtomic<uint64_t> turn_{1};
  ScheduledAtomic<uint64_t> queued_{0};
  ScheduledAtomic<uint64_t> quiet_{0};
  Request requests_[kRequests];
  uint64_t seed_ = 0;
  // The consolidator's own.
  uint64_t served_ = 0;
  uint64_t own_cuts_ = 0;
  std::set<uint64_t> seen_;
  // What the schedule has come to; no part of the protocol.
  uint64_t begun_ = 0;
  uint64_t returned_ = 0;
  bool requests_done_ = false;
  std::string wrong_;
};

template <class Sides>
std::string first_violation() {
  constexpr uint64_t kSchedules = 5000;
  const uint64_t first_seed = TestBudget::first_seed();
  for (uint64_t seed = first_seed; seed < first_seed + kSchedules; ++seed) {
    const std::string wrong = std::make_unique<OwnCutRun<Sides>>()->run(seed);
    if (!wrong.empty()) return wrong + " (seed " + std::to_string(seed) + ")";
  }
  return "";
}

TEST(OwnCutInterleavingTest, EveryCutIsClosedAndThoseAskedForAreCompleteAndExclusive) {
  EXPECT_EQ(first_violation<Faithful>(), "");
}
TEST(OwnCutInterleavingTest, OwnCutWhileAnotherIsTakenIsCaught) {
  const std::string wrong = first_violation<CutsWhileAnotherIsTaken>();
  EXPECT_NE(wrong, "");
  std::cout << "caught by " << wrong << "\n";
}
TEST(OwnCutInterleavingTest, ForgettingAnAdvanceThatNoCutWasQueuedForIsCaught) {
  const std::string wrong = first_violation<ForgetsQuietAdvances>();
  EXPECT_NE(wrong, "");
  std::cout << "caught by " << wrong << "\n";
}

}  // namespace
}  // namespace heapreel::engine::testing
