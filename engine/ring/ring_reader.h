// The consumer's end of an event ring. It lies in the consumer's own memory: the program can damage the words of a ring
// and what leads from segment to segment, but not where the consumer stands.
// Owner: the holder of the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/ring/event_ring.h"

namespace heapreel::engine {

template <class Ring, class Segment>
class BasicRingReader {
 public:
  using Word = typename Ring::Word;
  static constexpr size_t kWords = Ring::kWords;

  BasicRingReader() = default;
  // For a ring that begins at `position` instead of 0.
  explicit BasicRingReader(uint64_t position) : position_(position) {}

  uint64_t position() const { return position_; }

  // The full position of a mark. It is at most position() when the mark is not ahead of the reader.
  uint64_t position_of(RingMark mark) const {
    const uint64_t ahead = (mark.position_low() - position_) & RingMark::kPositionMask;
    constexpr uint64_t kHalf = uint64_t{1} << (RingMark::kPositionBits - 1);
    return position_ + ahead - (ahead < kHalf ? 0 : 2 * kHalf);
  }

  // Calls `visit(const Word* words, const Word* end)` with the words up to `until`; it returns how many it took, or 0
  // to stop early. `end` is how far the words may be read in one piece. drain() itself takes a PAD among them, which
  // `visit` must leave alone. Calls `retire(Segment*)` for every segment that was read to its end.
  //
  // False when it cannot go on: when `is_segment(Segment*)` says that the pointer to the next segment leads nowhere, or
  // when a segment's words do not end in it. Each turn takes at least one word, so that the function ends whatever the
  // words are.
  template <class Visit, class Retire, class IsSegment>
  bool drain(const Ring& ring, uint64_t until, Visit&& visit, Retire&& retire, IsSegment&& is_segment) {
    if (segment_ == nullptr && position_ < until && !enter(ring.first_segment(), is_segment)) return false;
    while (position_ < until) {
      if (cursor_ >= segment_->words + kWords) return false;
      if (event::kind_of(*cursor_) == EventKind::kPad) {
        Segment* done = segment_;
        if (!enter(done->next, is_segment)) return false;
        issued_checked_ = segment_->issued_before;
        ++position_;
        retire(done);
        continue;
      }
      const Word* segment_end = segment_->words + kWords;
      const uint64_t left = until - position_;
      const bool ends_here = left < static_cast<uint64_t>(segment_end - cursor_);
      const uint64_t taken = visit(static_cast<const Word*>(cursor_), ends_here ? cursor_ + left : segment_end);
      if (taken == 0) return true;
      cursor_ += taken;
      position_ += taken;
    }
    return true;
  }
  // The same for rings whose pointers can be trusted.
  template <class Visit, class Retire>
  bool drain(const Ring& ring, uint64_t until, Visit&& visit, Retire&& retire) {
    return drain(ring, until, visit, retire, [](const Segment*) { return true; });
  }

  // How many events the hooks had issued when the low 16 bits of their count were `issued_low`, at a place in the
  // consumer's current segment: a segment holds fewer events than 16 bits can count.
  uint64_t issued_at(uint16_t issued_low) const {
    return issued_checked_ + static_cast<uint16_t>(issued_low - issued_checked_);
  }

 private:
  template <class IsSegment>
  bool enter(Segment* segment, IsSegment& is_segment) {
    if (segment == nullptr || !is_segment(segment)) return false;
    segment_ = segment;
    cursor_ = segment->words;
    return true;
  }

  Word* cursor_ = nullptr;
  Segment* segment_ = nullptr;
  uint64_t position_ = 0;
  uint64_t issued_checked_ = 0;
};

using RingReader = BasicRingReader<EventRing, Segment>;

}  // namespace heapreel::engine
