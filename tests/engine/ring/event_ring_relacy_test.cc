// A producer and a consumer of the event ring in every schedule, under the memory model of C++11: what is handed over
// is what was written, and no plain word of a segment is reached by both without order. Weaker orders must be caught.
#include <gtest/gtest.h>

#include "engine/ring/ring_reader.h"
#include "tests/engine/relacy_atomic.h"

namespace heapreel::engine::testing {
namespace {

// The engine names seq_cst where the cut needs it; the ring alone must do with release and acquire.
constexpr std::memory_order acquire(std::memory_order) {
  return std::memory_order_acquire;
}
constexpr std::memory_order release(std::memory_order) {
  return std::memory_order_release;
}
constexpr std::memory_order relaxed(std::memory_order) {
  return std::memory_order_relaxed;
}

template <class T>
using Faithful = RelacyAtomic<T, acquire, release>;
template <class T>
using RelaxedPublish = RelacyAtomic<T, acquire, relaxed>;
template <class T>
using RelaxedMark = RelacyAtomic<T, relaxed, release>;

template <template <class> class Atomic>
struct RingSuite : rl::test_suite<RingSuite<Atomic>, 2> {
  static constexpr uint64_t kEvents = 4;
  static constexpr int kLooks = 3;

  void before() { ring.chain(&segments[0]); }

  void thread(unsigned index) {
    if (index == 0) {
      produce();
    } else {
      for (int look = 0; look < kLooks; ++look) consume();
    }
  }

  void after() {
    consume();
    RL_ASSERT(taken == kEvents);
    RL_ASSERT(retired == chained - 1);
  }

  void produce() {
    for (uint64_t number = 1; number <= kEvents; ++number) {
      if (ring.prepare(1) == nullptr) ring.chain(&segments[chained++]);
      auto* word = ring.prepare(1);
      *word = event::free_word(EventKind::kFree, 0, static_cast<BlockId>(number));
      ring.commit(word + 1, 1);
    }
  }

  void consume() {
    const RingMark mark = ring.published();
    reader.drain(
        ring, reader.position_of(mark),
        [&](const auto* words, auto...) -> uint32_t {
          ++taken;
          RL_ASSERT(event::block_of(*words) == taken);
          return 1;
        },
        [&](SmallSegment* segment) {
          segment->words[0] = 0;  // as its next owner does
          ++retired;
        });
    RL_ASSERT(reader.issued_at(mark.issued_low(reader.position_of(mark))) == taken);
  }

  BasicEventRing<Atomic, SmallSegment> ring;
  BasicRingReader<BasicEventRing<Atomic, SmallSegment>, SmallSegment> reader;
  SmallSegment segments[3];
  uint32_t chained = 1;  // owner: the producer
  uint32_t retired = 0;  // owner: the consumer
  uint64_t taken = 0;    // owner: the consumer
};

TEST(EventRingRelacyTest, EveryScheduleHandsOverWhatWasWritten) {
  expect_right<RingSuite<Faithful>>();
}
TEST(EventRingRelacyTest, PublishingWithoutReleaseIsCaught) {
  expect_caught<RingSuite<RelaxedPublish>>(rl::test_result_data_race);
}
TEST(EventRingRelacyTest, ReadingTheMarkWithoutAcquireIsCaught) {
  expect_caught<RingSuite<RelaxedMark>>(rl::test_result_data_race);
}

}  // namespace
}  // namespace heapreel::engine::testing
