// One thread's event buffer: single producer (the hooks of the thread that owns it), single consumer (whoever holds
// the consolidation lock, with a RingReader in memory of its own).
//
// The contract:
//  - Words become visible only through commit(); a producer that dies in between leaves nothing.
//  - Positions are monotone for the life of the arena, over thread exit and reuse: a cut is one number per ring.
//  - The published word is the position plus 2^48 times how many events the hooks have issued, modulo 2^64: both are
//    read at once, so that every cut can compare what was issued with what was stored. Positions themselves have 64
//    bits at either end; 48 of them tell where a mark is, because the consumer is never 2^47 words behind, and what
//    the position carried into the count comes out again when it is taken off. (2^48 words are 43 days of 50 million
//    events a second on one thread.)
//  - Memory is a chain of segments. The producer never waits: with no segment to chain it says so.
//  - A record never straddles segments; one word is always left for the PAD that leads to the next.
//
// Sync edges:
//   [ring.publish]  published_: release in commit and chain -> acquire in published. Carries the words before the
//                   position, Segment::next, Segment::issued_before and the first segment.
#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "engine/memory/epoch.h"
#include "engine/ring/event.h"
#include "engine/ring/segment.h"

namespace heapreel::engine {

// What published() returned at a cut.
struct RingMark {
  uint64_t word = 0;

  static constexpr int kPositionBits = 48;
  static constexpr uint64_t kPositionMask = (uint64_t{1} << kPositionBits) - 1;
  static constexpr uint64_t kOneEvent = uint64_t{1} << kPositionBits;

  uint64_t position_low() const { return word & kPositionMask; }
  // The low 16 bits of how many events were issued, when the ring's full position at the mark is `position`.
  uint16_t issued_low(uint64_t position) const { return static_cast<uint16_t>((word - position) >> kPositionBits); }
};

template <template <class> class Atomic = std::atomic, class Segment = engine::Segment>
class BasicEventRing {
 public:
  using Word = std::remove_extent_t<decltype(Segment::words)>;
  static constexpr size_t kWords = std::extent_v<decltype(Segment::words)>;

  BasicEventRing() = default;
  // Begins at `position` instead of 0.
  explicit BasicEventRing(uint64_t position) : mark_(position), segment_position_(position), published_(position) {}

  // --- producer ---------------------------------------------------------------------------------------------------

  // Whether `words` fit at place(), in the current segment; if not, chain() one first.
  bool has_room(uint32_t words) const {
    // Compared as integers: while there is no segment both pointers are null, and adding to a null pointer is
    // undefined.
    return reinterpret_cast<uintptr_t>(cursor_) + words * sizeof(Word) < reinterpret_cast<uintptr_t>(end_);
  }
  Word* place() { return cursor_; }

  // The place for `words` in the current segment; null when they do not fit.
  Word* prepare(uint32_t words) { return has_room(words) ? cursor_ : nullptr; }

  // Publishes everything before `end`, with `events` that count as issued.
  void commit(Word* end, uint32_t events) {
    mark_ += static_cast<uint64_t>(end - cursor_) + events * RingMark::kOneEvent;
    cursor_ = end;
    // [ring.publish] release (seq_cst where the cut has no fence)
    published_.store(mark_, kPublishOrder);
  }

  // Leads on to the segment `fresh`, which may be the ring's first.
  void chain(Segment* fresh) {
    fresh->next = nullptr;
    if (segment_ == nullptr) {
      fresh->issued_before = 0;
      first_segment_ = fresh;
    } else {
      issued_before_ += static_cast<uint16_t>(issued_low() - issued_before_);
      fresh->issued_before = issued_before_;
      segment_->next = fresh;
      *cursor_ = event::head(EventKind::kPad);
      segment_position_ += static_cast<uint64_t>(cursor_ - segment_->words) + 1;
      mark_ += 1;
      // [ring.publish] release (seq_cst where the cut has no fence)
      published_.store(mark_, kPublishOrder);
    }
    segment_ = fresh;
    cursor_ = fresh->words;
    end_ = fresh->words + kWords;
  }

  // Repairs the ring after the thread left a commit() or chain() in the middle (siglongjmp out of a signal handler):
  // goes back to what is published. False when the ring cannot be written any more.
  bool recover() {
    if (segment_ == nullptr) return true;
    // relaxed: written by this thread only
    mark_ = published_.load(std::memory_order_relaxed);
    const uint64_t in_segment = (mark_ - segment_position_) & RingMark::kPositionMask;
    if (in_segment >= kWords || segment_->next != nullptr) return false;
    cursor_ = segment_->words + in_segment;
    end_ = segment_->words + kWords;  // it is the earlier segment's when the thread left chain() at its end
    return true;
  }

  uint16_t issued_low() const {
    const uint64_t in_segment = segment_ == nullptr ? 0 : static_cast<uint64_t>(cursor_ - segment_->words);
    return RingMark{mark_}.issued_low(segment_position_ + in_segment);
  }
  bool has_segment() const { return segment_ != nullptr; }

  // --- any thread -------------------------------------------------------------------------------------------------

  // S3 of the cut.
  RingMark published() const {
    // [ring.publish] acquire (seq_cst where the cut has no fence)
    return {published_.load(kPublishedOrder)};
  }

  // The segment where a reader begins; valid once something is published.
  Segment* first_segment() const { return first_segment_; }

 private:
  static_assert(kWords < 65536);

  // Owner: the producer.
  Word* cursor_ = nullptr;
  Word* end_ = nullptr;
  uint64_t mark_ = 0;
  Segment* segment_ = nullptr;
  uint64_t issued_before_ = 0;
  uint64_t segment_position_ = 0;  // of its first word
  Segment* first_segment_ = nullptr;

  alignas(64) Atomic<uint64_t> published_{0};
};

using EventRing = BasicEventRing<>;

}  // namespace heapreel::engine
