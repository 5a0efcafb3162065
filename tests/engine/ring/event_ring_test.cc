#include "engine/ring/ring_reader.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace heapreel::engine::testing {
namespace {

class EventRingTest : public ::testing::Test {
 protected:
  void push(const std::vector<uint64_t>& words, uint32_t events) {
    uint64_t* place = ring_.prepare(static_cast<uint32_t>(words.size()));
    if (place == nullptr) {
      chain();
      place = ring_.prepare(static_cast<uint32_t>(words.size()));
      ASSERT_NE(place, nullptr);
    }
    std::copy(words.begin(), words.end(), place);
    ring_.commit(place + words.size(), events);
  }
  void chain() {
    segments_.push_back(std::make_unique<Segment>());
    ring_.chain(segments_.back().get());
  }
  // Takes `words_of(first word)` words each, at most `most` records.
  template <class WordsOf>
  std::vector<std::vector<uint64_t>> drain(uint64_t until, size_t most, WordsOf&& words_of) {
    std::vector<std::vector<uint64_t>> taken;
    reader_.drain(
        ring_, until,
        [&](const uint64_t* words, auto...) -> uint32_t {
          if (taken.size() == most) return 0;
          taken.emplace_back(words, words + words_of(*words));
          return static_cast<uint32_t>(taken.back().size());
        },
        [this](Segment* segment) { retired_.push_back(segment); });
    return taken;
  }
  // A record of `length` words that tells its length and number.
  static std::vector<uint64_t> record(uint64_t number, uint32_t length) {
    std::vector<uint64_t> words(length, number);
    words[0] = event::head(EventKind::kFree) | uint64_t{length} << 32 | number;
    return words;
  }
  static uint32_t length_of_record(uint64_t word) { return static_cast<uint32_t>(word >> 32) & 0xffff; }

  EventRing ring_;
  RingReader reader_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<Segment*> retired_;
};

TEST_F(EventRingTest, RecoversWhereItsLastCommitWasInAnySegment) {
  EXPECT_TRUE(ring_.recover());  // no segment yet
  uint64_t number = 0;
  for (; number < 3 * EventRing::kWords / 4; ++number) {
    push(record(number, 4), 1);
    if (number % 100 == 0) {
      ASSERT_NE(ring_.prepare(4), nullptr);
      *ring_.prepare(4) = 0;  // the beginning of an event that was left there
      ASSERT_TRUE(ring_.recover());
    }
  }
  ASSERT_GT(segments_.size(), 1u);
  const uint64_t until = reader_.position_of(ring_.published());
  const auto taken = drain(until, SIZE_MAX, length_of_record);
  ASSERT_EQ(taken.size(), number);
  for (uint64_t i = 0; i < number; ++i) EXPECT_EQ(taken[i], record(i, 4));
}

TEST_F(EventRingTest, RandomPushesAndDrainsAgreeWithADeque) {
  std::mt19937_64 random(1);
  std::deque<std::vector<uint64_t>> model;
  std::deque<std::pair<RingMark, size_t>> marks;  // with how many records are in before it
  uint64_t number = 0;
  size_t pushed = 0;
  size_t drained = 0;
  for (int step = 0; step < 300'000; ++step) {
    if (random() % 3 != 0) {
      // Also the longest there is, the sizes around it, and segments left early.
      const uint32_t length = random() % 100 == 0 ? 1025 : 1 + random() % 4;
      if (random() % 500 == 0) chain();
      model.push_back(record(++number, length));
      push(model.back(), 1);
      ++pushed;
      if (random() % 4 == 0) marks.emplace_back(ring_.published(), pushed);
    } else if (!marks.empty()) {
      const auto [mark, records] = marks.front();
      marks.pop_front();
      const size_t most = random() % 4 == 0 ? random() % 3 : SIZE_MAX;
      for (const std::vector<uint64_t>& words : drain(reader_.position_of(mark), most, length_of_record)) {
        ASSERT_EQ(words, model.front());
        model.pop_front();
        ++drained;
      }
      if (most == SIZE_MAX) {
        ASSERT_EQ(drained, records);
        ASSERT_EQ(reader_.position_of(mark), reader_.position());
        ASSERT_EQ(reader_.issued_at(mark.issued_low(reader_.position())), records);
      }
    }
  }
  EXPECT_GT(pushed, 65536u * 2) << "the 16-bit count is meant to wrap";
}

// The 48 bits of a published position wrap after 43 days of 50 million events a second.
TEST(EventRingWrapTest, PositionsAndCountsGoOnWhereThePublishedPositionWraps) {
  for (const uint64_t before : {1, 2, 3, 100, 5000, 70'000}) {
    EventRing ring((uint64_t{1} << RingMark::kPositionBits) - before);
    RingReader reader((uint64_t{1} << RingMark::kPositionBits) - before);
    std::vector<std::unique_ptr<Segment>> segments;
    uint64_t pushed = 0;
    uint64_t drained = 0;
    RingMark late;
    uint64_t late_events = 0;
    for (int step = 0; step < 200'000; ++step) {
      uint64_t* place = ring.prepare(2);
      if (place == nullptr) {
        segments.push_back(std::make_unique<Segment>());
        ring.chain(segments.back().get());
        place = ring.prepare(2);
      }
      place[0] = event::head(EventKind::kFree) | ++pushed;
      place[1] = event::epoch_word(ring.issued_low(), pushed);
      ring.commit(place + 2, 1);
      if (step % 1000 == 7) late = ring.published(), late_events = pushed;
      if (step % 1000 != 999) continue;
      // What is drained when nobody published since, then to a mark that is behind, then to one ahead.
      for (const auto& [mark, events] : {std::pair(late, late_events), {ring.published(), pushed}, {late, pushed}}) {
        const uint64_t until = reader.position_of(mark);
        if (until > reader.position()) {
          reader.drain(
              ring, until,
              [&](const uint64_t* words, auto...) -> uint64_t {
                EXPECT_EQ(event::block_of(words[0]), ++drained & UINT32_MAX);
                EXPECT_EQ(reader.issued_at(event::epoch_issued_low(words[1])), drained - 1);
                return 2;
              },
              [](Segment*) {});
          ASSERT_EQ(reader.issued_at(mark.issued_low(until)), drained);
        }
        ASSERT_EQ(drained, events) << "begun " << before << " words before the wrap";
      }
    }
  }
}

TEST_F(EventRingTest, RecordThatWouldLeaveNoWordForThePadIsNotPrepared) {
  chain();
  EXPECT_EQ(ring_.prepare(kSegmentWords), nullptr);
  uint64_t* place = ring_.prepare(kSegmentWords - 1);
  ASSERT_NE(place, nullptr);
  ring_.commit(place + kSegmentWords - 1, 0);
  EXPECT_EQ(ring_.prepare(1), nullptr);
}

TEST_F(EventRingTest, RingWithoutASegmentPreparesNothing) {
  EXPECT_EQ(ring_.prepare(1), nullptr);
  EXPECT_FALSE(ring_.has_segment());
  EXPECT_EQ(ring_.published().word, 0u);
}

TEST_F(EventRingTest, NothingShowsBeforeCommit) {
  chain();
  uint64_t* place = ring_.prepare(2);
  place[0] = record(1, 2)[0];
  EXPECT_EQ(reader_.position_of(ring_.published()), 0u);
  ring_.commit(place + 2, 1);
  EXPECT_EQ(reader_.position_of(ring_.published()), 2u);
  EXPECT_EQ(ring_.published().issued_low(2), 1u);
}

TEST_F(EventRingTest, SegmentIsRetiredOnceWhenItsPadIsPassed) {
  push(record(1, 1), 1);
  const RingMark before = ring_.published();
  chain();
  drain(reader_.position_of(before), SIZE_MAX, length_of_record);
  EXPECT_TRUE(retired_.empty());
  drain(reader_.position_of(ring_.published()), SIZE_MAX, length_of_record);
  EXPECT_EQ(retired_, std::vector<Segment*>{segments_[0].get()});
  push(record(2, 1), 1);
  EXPECT_EQ(drain(reader_.position_of(ring_.published()), SIZE_MAX, length_of_record).size(), 1u);
}

}  // namespace
}  // namespace heapreel::engine::testing
