// Whether the library's answers equal those of plain_statistics.h, however it comes by them.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "snapshot/model/trace_set.h"
#include "tests/snapshot/plain_statistics.h"

namespace heapreel::testing {

// Asks in random order, so that groupings are sometimes known on both sides, on one, or on none; sometimes through
// filters, the same on both sides or not. Every difference is a failure of the running test.
class Agreement {
 public:
  explicit Agreement(uint32_t seed) : random_(seed) {}

  // Filters to choose from.
  void filter_by(std::vector<std::vector<TraceFilter>> filters) { filters_ = std::move(filters); }
  // Skip lists are for sets whose filters look at no frame: Filter::matches() does not know them.
  void skip(SkipList skip_list) { skip_lists_.push_back(std::move(skip_list)); }

  // Every key and both modes, all of one snapshot of each set. Returns how many comparisons the sets could tell.
  int expect(const std::shared_ptr<const TraceSet>& old_set, const std::shared_ptr<const TraceSet>& new_set);

 private:
  uint32_t below(size_t limit) { return static_cast<uint32_t>(random_() % limit); }

  std::mt19937 random_;
  std::vector<std::vector<TraceFilter>> filters_ = {{}};
  std::vector<SkipList> skip_lists_ = {SkipList()};
};

// HEAPREEL_TEST_SEED, or a random one.
uint32_t agreement_seed();

}  // namespace heapreel::testing
