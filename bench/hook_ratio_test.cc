// What a hooked alloc/free pair costs as a multiple of mimalloc's, both measured in turn in one run. A busy machine
// only ever adds time, so the faster quarter of many small batches is compared. What a batch costs is CPU time of its
// thread.
//
// These are coarse: what a pair costs exactly is held in instructions (instruction_budgets.py, pattern_budgets.py), and
// processors differ in what they make of the same ones. The budgets are what was
// measured and at least a third.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "bench/hook_pairs.h"
#include "bench/loops/churning_blocks.h"
#include "bench/median.h"
#include "bench/traced_pairs.h"

namespace heapreel::bench {
namespace {

constexpr int kBatches = 400;

double lower_quartile(std::vector<double> values) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// The hooked pair over mimalloc's, in batches of `rounds` times kPairs; `between` runs before each, unmeasured.
template <class Between>
double ratio_to_mimalloc(const char* what, int rounds, Between&& between) {
  std::vector<double> plain, hooked;
  plain_pairs();
  hooked_pairs();
  for (int batch = 0; batch < kBatches; ++batch) {
    between();
    plain.push_back(seconds_of(plain_pairs));
    double seconds = 0;
    for (int round = 0; round < rounds; ++round) seconds += seconds_of(hooked_pairs);
    hooked.push_back(seconds / rounds);
  }
  const double ns = 1e9 / kPairs;
  const double ratio = lower_quartile(hooked) / lower_quartile(plain);
  std::printf("%s: %.1f ns, mimalloc's pair %.1f ns: %.2f times\n", what, lower_quartile(hooked) * ns,
              lower_quartile(plain) * ns, ratio);
  return ratio;
}

// Holds the least of a few measurements, the later ones made only where an earlier one was over the budget: what takes the
// core of the consolidator away for the whole of one is no cost of the hooks.
template <class Measure>
void expect_within(double budget, Measure&& measure) {
  constexpr int kMost = 3;
  double least = measure();
  for (int again = 1; again < kMost && least > budget; ++again) least = std::min(least, measure());
  EXPECT_LE(least, budget);
}

TEST(HookRatio, LoadedButNotTracing) {
  expect_within(1.8, [] { return ratio_to_mimalloc("not tracing", 1, [] {}); });
}

TEST(HookRatio, RecordedWhenTheRingsAreDrainedForFree) {
  TracerSetup tracer(false);
  expect_within(3.0, [] { return ratio_to_mimalloc("recorded, drained for free", 1, TracerSetup::round); });
}

TEST(HookRatio, RecordedWithTheConsolidatorOnAnotherCore) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "needs a core for the consolidator";
  TracerSetup tracer(true);
  // 16 million events: many times what the rings hold. A pair takes 10 to 12 ns here, and for a minute at times 33, while
  // mimalloc's takes what it takes: where the two virtual processors share no cache, each line of the rings comes from the
  // other one's. The budget stands above that; 40 ns is what the pair may take.
  expect_within(12.0, [] { return ratio_to_mimalloc("recorded, sustained", 20, [] {}); });
}

// kSites call sites, kLeast to kMost frames deep, over `live` blocks: freed and replaced in batches, by mimalloc alone and
// through the hooks in turn.
template <int kSites, int kLeast, int kMost>
double churn_ratio(const char* what, uint64_t live) {
  constexpr int kPatternBatches = 200;
  constexpr uint64_t kReplaced = 1000;
  TracerSetup tracer(true);
  loops::ChurningBlocks<mi_malloc, mi_free, kSites, kLeast, kMost> plain_blocks(live);
  loops::ChurningBlocks<traced_malloc, traced_free, kSites, kLeast, kMost> recorded_blocks(live);
  std::vector<double> plain, recorded;
  for (int batch = 0; batch < kPatternBatches; ++batch) {
    plain.push_back(time_of([&] { plain_blocks.replace(kReplaced); }) / kReplaced);
    recorded.push_back(time_of([&] { recorded_blocks.replace(kReplaced); }) / kReplaced);
  }
  const double ratio = lower_quartile(recorded) / lower_quartile(plain);
  std::printf("%s: %.0f ns a pair, mimalloc's %.0f ns: %.2f times\n", what, lower_quartile(recorded),
              lower_quartile(plain), ratio);
  return ratio;
}

TEST(HookRatio, RecordedFromManySitesOverFewBlocks) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "needs a core for the consolidator";
  expect_within(6.0, [] { return churn_ratio<20, 12, 12>("20 sites 12 deep over 1,000 blocks", 1'000); });
}

TEST(HookRatio, RecordedFromManySitesOverManyBlocks) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "needs a core for the consolidator";
  expect_within(6.0, [] { return churn_ratio<20, 12, 12>("20 sites 12 deep over 100,000 blocks", 100'000); });
  expect_within(6.0, [] { return churn_ratio<40, 8, 30>("40 sites 8 to 30 deep over 100,000 blocks", 100'000); });
}

}  // namespace
}  // namespace heapreel::bench
