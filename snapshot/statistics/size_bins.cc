#include "snapshot/statistics/size_bins.h"

#include <algorithm>
#include <bit>
#include <map>

namespace heapreel {

namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kWord = 8;
// mimalloc 2: larger blocks have pages of their own.
constexpr uint64_t kMostInClass = 128 * kKiB;

uint64_t round_up(uint64_t bytes, uint64_t unit) {
  return bytes > UINT64_MAX - unit ? bytes : (bytes + unit - 1) / unit * unit;
}

}  // namespace

uint64_t bin_of(uint64_t bytes, SizeBinning binning) {
  if (binning == SizeBinning::mimalloc_class) return mimalloc_block_bytes(bytes);
  if (bytes == 0) return 0;
  return bytes > uint64_t{1} << 63 ? UINT64_MAX : std::bit_ceil(bytes);
}

// Up to 64 bytes there is a class for every second word; then four classes for each doubling; then blocks have pages of
// their own, in slices of 64 or 512 KiB; and what fills a segment comes in units that grow with the size.
uint64_t mimalloc_block_bytes(uint64_t bytes) {
  const uint64_t words = std::max<uint64_t>(2, (bytes + kWord - 1) / kWord);
  if (bytes <= 8 * kWord) return round_up(words, 2) * kWord;
  if (bytes <= kMostInClass) {
    const uint64_t below = words - 1;
    const int shift = std::bit_width(below) - 3;
    return ((below >> shift) + 1) << shift << 3;
  }
  if (bytes <= 512 * kKiB) return round_up(bytes, 64 * kKiB);
  if (bytes < 8 * kMiB) return round_up(bytes, 512 * kKiB);
  if (bytes < 32 * kMiB) return round_up(bytes, kMiB);
  return round_up(bytes, 4 * kMiB);
}

namespace {

// The smallest size in the bin whose largest size is `most`.
uint64_t least_of_bin(uint64_t most, SizeBinning binning) {
  if (most <= 1) return most;
  if (binning == SizeBinning::power_of_two) return most == UINT64_MAX ? (uint64_t{1} << 63) + 1 : most / 2 + 1;
  uint64_t low = 0;
  for (uint64_t high = most; low < high;) {
    const uint64_t middle = low + (high - low) / 2;
    if (mimalloc_block_bytes(middle) == most) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::vector<SizeBin> histogram_of(const TraceSet& set, SizeBinning binning) {
  std::map<uint64_t, SizeBin> bins;
  set.for_each_block([&](const BlockRow& block) {
    SizeBin& bin = bins[bin_of(block.size, binning)];
    ++bin.blocks;
    bin.bytes += block.size;
    if (set.site(block.site).domain == 0) bin.slack_bytes += mimalloc_block_bytes(block.size) - block.size;
  });
  std::vector<SizeBin> histogram;
  for (auto& [most, bin] : bins) {
    bin.least = least_of_bin(most, binning);
    bin.most = most;
    histogram.push_back(bin);
  }
  return histogram;
}

}  // namespace heapreel
