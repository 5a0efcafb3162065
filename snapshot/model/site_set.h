// A set of sites.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace heapreel {

// One bit a site.
class SiteSet {
 public:
  void add(uint32_t site) {
    if (site / kBits >= words_.size()) words_.resize(site / kBits + size_t{1});
    words_[site / kBits] |= bit(site);
  }
  bool contains(uint32_t site) const { return site / kBits < words_.size() && (words_[site / kBits] & bit(site)) != 0; }

  // Calls visit(site) for those that are in either `a` or `b` and not in `but`, ascending.
  template <class Visit>
  static void for_each_in_one(const SiteSet& a, const SiteSet& b, const SiteSet& but, Visit&& visit) {
    for (size_t i = 0; i < std::max(a.words_.size(), b.words_.size()); ++i) {
      for (uint64_t bits = (a.word(i) ^ b.word(i)) & ~but.word(i); bits != 0; bits &= bits - 1) {
        visit(static_cast<uint32_t>(i * kBits) + static_cast<uint32_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  static constexpr uint32_t kBits = 64;

  static uint64_t bit(uint32_t site) { return uint64_t{1} << site % kBits; }
  uint64_t word(size_t i) const { return i < words_.size() ? words_[i] : 0; }

  std::vector<uint64_t> words_;
};

}  // namespace heapreel
