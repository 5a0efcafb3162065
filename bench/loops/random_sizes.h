// The same pseudo-random choices in every run, cheap enough not to be what a loop measures.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace heapreel::bench::loops {

class Random {
 public:
  // xorshift64
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

  // One of 0 to below - 1, of which there may be 4 billion.
  uint64_t next_below(uint64_t below) { return ((next() * 0x9E3779B97F4A7C15u) >> 32) * below >> 32; }

 private:
  uint64_t state_ = 0x2545F4914F6CDD1Du;
};

// Sizes from `least` to `most` bytes: as many between 16 and 32 as between 2,048 and 4,096.
class SizeTable {
 public:
  SizeTable(double least, double most) {
    for (size_t i = 0; i < kEntries; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / kEntries;
      sizes_[i] = static_cast<uint32_t>(least * std::pow(most / least, share));
    }
  }

  size_t choose(uint64_t random) const { return sizes_[random % kEntries]; }

 private:
  static constexpr size_t kEntries = 4096;
  std::array<uint32_t, kEntries> sizes_;
};

}  // namespace heapreel::bench::loops
