// Every schedule of a producer and a consumer hands over what was written, in order; and each weakened variant of the
// ring is caught by some schedule.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <memory>

#include "engine/ring/ring_reader.h"
#include "tests/engine/scheduled_atomic.h"
#include "tests/engine/test_budget.h"

namespace heapreel::engine::testing {
namespace {

constexpr std::memory_order release_lost(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_seq_cst ? std::memory_order_relaxed : order;
}
constexpr std::memory_order acquire_lost(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_seq_cst ? std::memory_order_relaxed : order;
}
template <class T>
using ReleaseLost = BasicScheduledAtomic<T, release_lost>;
template <class T>
using AcquireLost = BasicScheduledAtomic<T, acquire_lost>;

// The two sides as the engine's hooks and consolidator use the ring; mutants differ in one of these.
struct Faithful {
  static constexpr bool kPublishesFirst = false;
  static constexpr bool kLosesPad = false;
  static constexpr uint32_t kCountedTwiceEvery = 0;
  static constexpr uint64_t kReadsBeyond = 0;
  static constexpr bool kRetiresUnread = false;
};
struct PublishesBeforeItWrites : Faithful {
  static constexpr bool kPublishesFirst = true;
};
struct LosesThePad : Faithful {
  static constexpr bool kLosesPad = true;
};
struct CountsAnEventTwice : Faithful {
  static constexpr uint32_t kCountedTwiceEvery = 7;
};
struct ReadsBeyondTheMark : Faithful {
  static constexpr uint64_t kReadsBeyond = 1;
};
struct RetiresASegmentBeforeItIsRead : Faithful {
  static constexpr bool kRetiresUnread = true;
};

template <template <class> class Atomic, class Sides>
class RingRun {
 public:
  // What went wrong under this schedule; empty: nothing.
  std::string run(uint64_t seed) {
    Schedule::run(seed, {[this, seed] { produce(seed); }, [this] { consume(); }});
    return wrong_;
  }

 private:
  static constexpr uint64_t kEvents = 40;
  static constexpr uint64_t kPoison = ~uint64_t{0};

  void produce(uint64_t seed) {
    std::mt19937_64 random(seed);
    chain();
    for (uint64_t number = 1; number <= kEvents; ++number) {
      const auto length = static_cast<uint32_t>(1 + random() % 3);
      if (random() % 5 == 0) chain();
      uint64_t* words = ring_.prepare(length);
      const uint32_t counted = Sides::kCountedTwiceEvery != 0 && number % Sides::kCountedTwiceEvery == 0 ? 2 : 1;
      if (Sides::kPublishesFirst) ring_.commit(words + length, counted);
      if (Sides::kPublishesFirst) Schedule::point();
      for (uint32_t i = 0; i < length; ++i) write(words + i, event::head(EventKind::kFree) | length << 16 | number);
      if (!Sides::kPublishesFirst) ring_.commit(words + length, counted);
    }
  }

  void chain() {
    segments_.push_back(std::make_unique<Segment>());
    Segment* fresh = segments_.back().get();
    for (uint64_t& word : fresh->words) word = kPoison;
    // chain() writes the link and the PAD itself, now.
    linked_[fresh] = Schedule::stamp();
    uint64_t* pad = last_ == nullptr ? nullptr : ring_.prepare(1);
    if (pad != nullptr) written_[pad] = Schedule::stamp();
    ring_.chain(fresh);
    if (Sides::kLosesPad && pad != nullptr) *pad = kPoison;
    last_ = fresh;
  }
  void write(uint64_t* place, uint64_t word) {
    *place = word;
    written_[place] = Schedule::stamp();
  }

  void consume() {
    uint64_t events = 0;
    while (events < kEvents && wrong_.empty()) {
      const RingMark mark = ring_.published();
      if (Sides::kRetiresUnread && !segments_.empty()) segments_.front()->words[0] = kPoison;
      const bool led_on = reader_.drain(
          ring_, reader_.position_of(mark) + (reader_.position_of(mark) > reader_.position() ? Sides::kReadsBeyond : 0),
          [&](const uint64_t* words, auto...) { return visit(words, &events); },
          [this](Segment* segment) {
            if (!Schedule::knows(linked_[segment->next])) wrong_ = "a link that was not published";
            // The next owner of the segment overwrites it, too.
            for (uint64_t& word : segment->words) word = kPoison;
          });
      if (!led_on && wrong_.empty()) wrong_ = "a link or a PAD that is not there yet";
      if (wrong_.empty() && reader_.issued_at(mark.issued_low(reader_.position())) != events)
        wrong_ = "a wrong count of events";
    }
  }

  uint32_t visit(const uint64_t* words, uint64_t* events) {
    const auto length = static_cast<uint32_t>(*words >> 16) & 0xff;
    for (uint32_t i = 0; i < (length < 4 ? length : 1); ++i) {
      const auto written = written_.find(words + i);
      if (written == written_.end() || !Schedule::knows(written->second)) wrong_ = "a word that was not published";
      if (words[i] != (event::head(EventKind::kFree) | uint64_t{length} << 16 | (*events + 1))) wrong_ = "a wrong word";
    }
    if (!wrong_.empty()) return 0;
    ++*events;
    return length;
  }

  BasicEventRing<Atomic> ring_;
  BasicRingReader<BasicEventRing<Atomic>, Segment> reader_;
  std::vector<std::unique_ptr<Segment>> segments_;
  Segment* last_ = nullptr;
  std::map<const uint64_t*, Schedule::Stamp> written_;
  std::map<const Segment*, Schedule::Stamp> linked_;
  std::string wrong_;
};

constexpr uint64_t kSchedules = 3000;

template <template <class> class Atomic, class Sides>
std::string first_violation(uint64_t first_seed) {
  for (uint64_t i = 0; i < kSchedules; ++i) {
    auto run = std::make_unique<RingRun<Atomic, Sides>>();
    const std::string wrong = run->run(first_seed + i);
    if (!wrong.empty())
      return wrong + " (seed " + std::to_string(first_seed + i) + ", schedule " + std::to_string(i + 1) + ")";
  }
  return "";
}

template <template <class> class Atomic, class Sides>
void expect_caught(const char* mutant) {
  const std::string wrong = first_violation<Atomic, Sides>(TestBudget::first_seed());
  EXPECT_NE(wrong, "") << mutant << " was not caught";
  std::cout << mutant << ": caught by " << wrong << "\n";
}

TEST(EventRingInterleavingTest, EveryScheduleHandsOverWhatWasWrittenInOrder) {
  EXPECT_EQ((first_violation<ScheduledAtomic, Faithful>(TestBudget::first_seed())), "");
}

TEST(EventRingInterleavingTest, PublishingWithoutReleaseIsCaught) {
  expect_caught<ReleaseLost, Faithful>("relaxed publish");
}
TEST(EventRingInterleavingTest, ReadingTheMarkWithoutAcquireIsCaught) {
  expect_caught<AcquireLost, Faithful>("relaxed read of the mark");
}
TEST(EventRingInterleavingTest, PublishingBeforeWritingIsCaught) {
  expect_caught<ScheduledAtomic, PublishesBeforeItWrites>("publish before write");
}
TEST(EventRingInterleavingTest, LosingThePadIsCaught) {
  expect_caught<ScheduledAtomic, LosesThePad>("missing PAD");
}
TEST(EventRingInterleavingTest, CountingAnEventTwiceIsCaught) {
  expect_caught<ScheduledAtomic, CountsAnEventTwice>("wrong issued count");
}
TEST(EventRingInterleavingTest, ReadingBeyondTheMarkIsCaught) {
  expect_caught<ScheduledAtomic, ReadsBeyondTheMark>("read beyond the mark");
}
TEST(EventRingInterleavingTest, RetiringASegmentBeforeItIsReadIsCaught) {
  expect_caught<ScheduledAtomic, RetiresASegmentBeforeItIsRead>("segment reused before it is read");
}

}  // namespace
}  // namespace heapreel::engine::testing
