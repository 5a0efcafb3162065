// The latest sums, for readers that do not wait. The writer may die or be stopped at any instruction (under `heapreel
// run` it is another process). There is always a whole copy, and readers know which one it is.
//
// The one writer fills the copies in turn and publishes the number of each. A reader copies the one that was published
// last. Its copy is whole unless the writer came back to that place meanwhile, which takes kCopies - 1 publications
// during one look. Only then does it look again, so that it never waits for a writer that is dead.
//
// Sync edges:
//   [totals.publish]  published_: release in publish -> acquire in read. Carries the copy.
//   [totals.reuse]    words: release in publish -> acquire in read. Carries published_: a reader that sees a word of a
//                     later publication in its copy also sees that published_ has moved on.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "engine/store/totals.h"

namespace heapreel::engine {

template <class Value, template <class> class Atomic = std::atomic, uint64_t kCopies = 4>
class BasicLatestValue {
 public:
  // One writer at a time.
  void publish(const Value& value) {
    uint64_t words[kWords] = {};
    std::memcpy(words, &value, sizeof(value));
    // relaxed: this writer's own value
    const uint64_t number = published_.load(std::memory_order_relaxed) + 1;
    Copy& copy = copies_[number % kCopies];
    for (size_t i = 0; i < kWords; ++i) {
      // [totals.reuse] release
      copy.words[i].store(words[i], std::memory_order_release);
    }
    // [totals.publish] release
    published_.store(number, std::memory_order_release);
  }

  // Lock-free: one look, unless the writer publishes kCopies - 1 times during it.
  Value read() const {
    for (;;) {
      // [totals.publish] acquire
      const uint64_t number = published_.load(std::memory_order_acquire);
      const Copy& copy = copies_[number % kCopies];
      uint64_t words[kWords];
      for (size_t i = 0; i < kWords; ++i) {
        // [totals.reuse] acquire
        words[i] = copy.words[i].load(std::memory_order_acquire);
      }
      // relaxed: ordered by the acquires above
      if (published_.load(std::memory_order_relaxed) - number >= kCopies - 1) continue;
      Value value;
      std::memcpy(&value, words, sizeof(value));
      return value;
    }
  }

 private:
  static_assert(kCopies >= 2);
  static constexpr size_t kWords = (sizeof(Value) + 7) / 8;

  struct Copy {
    Atomic<uint64_t> words[kWords] = {};
  };

  Atomic<uint64_t> published_{0};
  Copy copies_[kCopies];
};

using LatestTotals = BasicLatestValue<Totals>;

}  // namespace heapreel::engine
