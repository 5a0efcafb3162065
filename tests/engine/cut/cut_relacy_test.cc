// The cut of epoch.h under the memory model of C++11, in its variant that needs no fence: two hooks hand a token on,
// and a cut that shows the second event must show the first. Each order is needed: any weaker one must be caught.
#include <gtest/gtest.h>

#include "engine/memory/epoch.h"
#include "engine/ring/ring_reader.h"
#include "tests/engine/relacy_atomic.h"

namespace heapreel::engine::testing {
namespace {

static_assert(!kCutUsesFence, "fences of the engine are not Relacy's");

constexpr std::memory_order as_named(std::memory_order order) {
  return order;
}
constexpr std::memory_order acquire(std::memory_order) {
  return std::memory_order_acquire;
}
constexpr std::memory_order release(std::memory_order) {
  return std::memory_order_release;
}
constexpr std::memory_order relaxed(std::memory_order) {
  return std::memory_order_relaxed;
}

struct Faithful {
  template <class T>
  using EpochWord = RelacyAtomic<T, as_named, as_named>;
  template <class T>
  using Published = RelacyAtomic<T, as_named, as_named>;
  static constexpr bool kMarksFirst = false;
};
struct RelaxedTag : Faithful {
  template <class T>
  using EpochWord = RelacyAtomic<T, relaxed, as_named>;
};
struct PublishOnlyReleases : Faithful {
  template <class T>
  using Published = RelacyAtomic<T, as_named, release>;
};
struct MarkOnlyAcquires : Faithful {
  template <class T>
  using Published = RelacyAtomic<T, acquire, as_named>;
};
struct MarksBeforeItAdvances : Faithful {
  static constexpr bool kMarksFirst = true;
};

template <class Sides>
struct CutSuite : rl::test_suite<CutSuite<Sides>, 3> {
  static constexpr unsigned kHooks = 2;
  using Ring = BasicEventRing<Sides::template Published, SmallSegment>;

  void before() {
    for (unsigned hook = 0; hook < kHooks; ++hook) rings[hook].chain(&segments[hook]);
  }

  void thread(unsigned index) {
    if (index == kHooks) {
      cut();
    } else if (index == 0) {
      record(0);
      token.store(1, rl::mo_release, RL_INFO);
    } else if (token.load(rl::mo_acquire, RL_INFO) == 1) {
      record(1);
    }
  }

  void record(unsigned hook) {
    const uint64_t tag = epoch.tag();     // P1
    auto* word = rings[hook].prepare(1);  // P2 and P3: the event carries its tag
    *word = event::free_word(EventKind::kFree, 0, static_cast<BlockId>(tag));
    rings[hook].commit(word + 1, 1);  // P4
  }

  void cut() {
    if (Sides::kMarksFirst) read_marks();
    at = epoch.advance();                   // S1
    if (!Sides::kMarksFirst) read_marks();  // S3
    for (unsigned hook = 0; hook < kHooks; ++hook) {
      readers[hook].drain(
          rings[hook], readers[hook].position_of(marks[hook]),
          [&](const auto* words, auto...) -> uint32_t {
            if (event::block_of(*words) > at) return 0;
            shown[hook] = true;
            return 1;
          },
          [](SmallSegment*) {});
    }
    RL_ASSERT(!shown[1] || shown[0]);  // closed
  }

  void read_marks() {
    for (unsigned hook = 0; hook < kHooks; ++hook) marks[hook] = rings[hook].published();
  }

  BasicEpoch<Sides::template EpochWord> epoch;
  Ring rings[kHooks];
  BasicRingReader<Ring, SmallSegment> readers[kHooks];
  SmallSegment segments[kHooks];
  rl::atomic<int> token{0};
  // The cut's own.
  uint64_t at = 0;
  RingMark marks[kHooks];
  bool shown[kHooks] = {};
};

TEST(CutRelacyTest, EveryScheduleShowsNoEffectWithoutItsCause) {
  expect_right<CutSuite<Faithful>>();
}
TEST(CutRelacyTest, RelaxedReadOfTheTagIsCaught) {
  expect_caught<CutSuite<RelaxedTag>>(rl::test_result_user_assert_failed);
}
TEST(CutRelacyTest, PublishingWithReleaseOnlyIsCaught) {
  expect_caught<CutSuite<PublishOnlyReleases>>(rl::test_result_user_assert_failed);
}
TEST(CutRelacyTest, ReadingTheMarkWithAcquireOnlyIsCaught) {
  expect_caught<CutSuite<MarkOnlyAcquires>>(rl::test_result_user_assert_failed);
}
TEST(CutRelacyTest, ReadingMarksBeforeTheEpochAdvancesIsCaught) {
  expect_caught<CutSuite<MarksBeforeItAdvances>>(rl::test_result_user_assert_failed);
}

}  // namespace
}  // namespace heapreel::engine::testing
