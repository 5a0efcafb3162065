// The latest sums, for readers that do not wait: a sequence lock over plain words.
//
// Sync edges:
//   [totals.write]  sequence_: release in publish -> acquire in read. Odd while the words change.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "engine/totals.h"

namespace heapreel::engine {

class TotalsBoard {
 public:
  // One writer at a time: the holder of the consolidation lock.
  void publish(const Totals& totals) {
    uint64_t words[kWords] = {};
    std::memcpy(words, &totals, sizeof(totals));
    // relaxed: this writer's own value
    const uint32_t sequence = sequence_.load(std::memory_order_relaxed);
    // relaxed: the fence below orders it before the words
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    for (size_t i = 0; i < kWords; ++i) {
      // [totals.write] release: a reader that sees the word sees the odd sequence
      words_[i].store(words[i], std::memory_order_release);
    }
    // [totals.write] release
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  // Tries again while the words change; the writer never stops in between for long.
  Totals read() const {
    for (;;) {
      // [totals.write] acquire
      const uint32_t before = sequence_.load(std::memory_order_acquire);
      uint64_t words[kWords];
      for (size_t i = 0; i < kWords; ++i) {
        // [totals.write] acquire: the second look at the sequence comes after it
        words[i] = words_[i].load(std::memory_order_acquire);
      }
      // relaxed: ordered by the acquires above
      if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) {
        Totals totals;
        std::memcpy(&totals, words, sizeof(totals));
        return totals;
      }
    }
  }

 private:
  static constexpr size_t kWords = (sizeof(Totals) + 7) / 8;

  std::atomic<uint32_t> sequence_{0};
  std::atomic<uint64_t> words_[kWords] = {};
};

}  // namespace heapreel::engine
