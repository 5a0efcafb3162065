// Guesses where the next block will lie: allocators serve each class of sizes from runs of equally spaced blocks.
// Writer and reader ask the same questions, so that the file needs only what was not foreseen.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace heapreel {

// Writer and reader ask it the same questions, so that only what it did not foresee is in the file.
class AddressGuess {
 public:
  // A run of blocks of `size` bytes. It learns with note().
  class Run {
   public:
    uint64_t next() const { return last_ + stride_; }
    void note(uint64_t address) {
      const uint64_t step = address - last_;
      if (step <= kLongestStride) stride_ = step;
      last_ = address;
    }

   private:
    static constexpr uint64_t kLongestStride = 4096;

    uint64_t last_ = 0;
    uint64_t stride_ = 0;
  };

  Run& of(uint64_t size) { return runs_[run_of(size)]; }

 private:
  // The run of a size: multiples of 16 up to 128 bytes, then four classes for each doubling. Allocators have these
  // classes, or finer ones.
  static constexpr size_t run_of(uint64_t size) {
    const uint64_t units = size / 16 + (size % 16 != 0 ? 1 : 0);
    if (units <= 8) return units;
    const auto octave = static_cast<unsigned>(std::bit_width(units - 1)) - 1;
    return 4 * octave + ((units - 1) >> (octave - 2) & 3);
  }

  std::array<Run, 256> runs_;
};

}  // namespace heapreel
