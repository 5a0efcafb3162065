// How long captures took, in ticks of the processor's clock, as a histogram that any thread adds to.
#pragma once

#include <atomic>
#include <cstdint>

namespace heapreel::engine {

// Memory that is all zero is an empty histogram. Longer times count in the last bucket.
class CaptureTimes {
 public:
  void add(uint64_t ticks) {
    const uint64_t bucket = ticks / kTicksPerBucket;
    // relaxed: a statistic
    counts_[bucket < kBuckets ? bucket : kBuckets - 1].fetch_add(1, std::memory_order_relaxed);
  }

  // The mean of the fastest 98 of 100 captures, so that preemption does not count. 0 when there were none.
  double trimmed_mean() const {
    const uint64_t wanted = total() * 98 / 100;
    uint64_t seen = 0;
    double sum = 0;
    for (uint32_t i = 0; i < kBuckets && seen < wanted; ++i) {
      const uint64_t here = count(i) < wanted - seen ? count(i) : wanted - seen;
      seen += here;
      sum += static_cast<double>(here) * middle(i);
    }
    return seen == 0 ? 0 : sum / static_cast<double>(seen);
  }

  double median() const {
    const uint64_t half = total() / 2;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < kBuckets; ++i) {
      seen += count(i);
      if (seen > half) return middle(i);
    }
    return 0;
  }

 private:
  static constexpr uint32_t kBuckets = 2048;
  static constexpr uint32_t kTicksPerBucket = 8;

  static double middle(uint32_t bucket) { return (bucket + 0.5) * kTicksPerBucket; }
  // relaxed: a statistic
  uint64_t count(uint32_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  uint64_t total() const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < kBuckets; ++i) sum += count(i);
    return sum;
  }

  std::atomic<uint64_t> counts_[kBuckets];
};

}  // namespace heapreel::engine
