#include "tests/snapshot/agreement.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "snapshot/model/filtered_trace_set.h"
#include "snapshot/query/snapshot_data.h"

namespace heapreel::testing {
namespace {

constexpr KeyType kAllKeys[] = {KeyType::filename, KeyType::lineno, KeyType::traceback,
                                KeyType::function, KeyType::module, KeyType::domain,
                                KeyType::tag,      KeyType::thread, KeyType::size_class};

// Whether the sets tell what differs between them for this key.
bool tells(const TraceSet& old_set, const TraceSet& new_set, KeyType key) {
  return key == KeyType::thread || key == KeyType::size_class
             ? new_set.for_each_block_difference(old_set, [](const BlockRow&, bool) {})
             : new_set.for_each_site_difference(old_set, [](uint32_t, SiteSum, SiteSum) {});
}

}  // namespace

uint32_t agreement_seed() {
  const char* given = std::getenv("HEAPREEL_TEST_SEED");
  return given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

int Agreement::expect(const std::shared_ptr<const TraceSet>& old_set, const std::shared_ptr<const TraceSet>& new_set) {
  const auto& old_filters = filters_[below(filters_.size())];
  const auto& new_filters = below(3) == 0 ? filters_[below(filters_.size())] : old_filters;
  const SkipList& skip_list = skip_lists_[below(skip_lists_.size())];
  const PlainBlocks old_blocks = PlainBlocks(*old_set).filtered(old_filters);
  const PlainBlocks new_blocks = PlainBlocks(*new_set).filtered(new_filters);
  const auto view = [&](const auto& set, const auto& filters) -> std::shared_ptr<const TraceSet> {
    if (filters.empty()) return set;
    return std::make_shared<FilteredTraceSet>(set, FilterEvaluation(filters, SkipList()));
  };
  const auto old_view = view(old_set, old_filters);
  const auto new_view = view(new_set, new_filters);
  const Snapshot old_snapshot = SnapshotData::make_snapshot(old_view, 25, skip_list);
  const Snapshot new_snapshot = SnapshotData::make_snapshot(new_view, 25, skip_list);

  int told = 0;
  for (const KeyType key : kAllKeys) {
    for (const bool cumulative : {false, true}) {
      if (cumulative && !is_frame_key(key)) continue;
      SCOPED_TRACE(std::string(to_string(key)) + (cumulative ? " cumulative" : ""));
      const auto old_rows = old_blocks.statistics(key, cumulative, skip_list);
      const auto new_rows = new_blocks.statistics(key, cumulative, skip_list);
      const auto diffs = new_blocks.compare_to(old_blocks, key, cumulative, skip_list);
      if (below(3) == 0) old_snapshot.statistics(key, cumulative);
      if (below(3) == 0) new_snapshot.statistics(key, cumulative);
      const StatisticDiffs answer = new_snapshot.compare_to(old_snapshot, key, cumulative);
      EXPECT_EQ(std::vector<StatisticDiff>(answer), diffs);
      EXPECT_EQ(answer.slice({}, {}), diffs);
      // The comparison leaves cached rows behind. Answers that are made from them must be the same.
      EXPECT_EQ(old_snapshot.statistics(key, cumulative), old_rows);
      EXPECT_EQ(new_snapshot.statistics(key, cumulative), new_rows);
      EXPECT_EQ(std::vector<StatisticDiff>(new_snapshot.compare_to(old_snapshot, key, cumulative)), diffs);
      told += tells(*old_view, *new_view, key) ? 1 : 0;
    }
  }
  return told;
}

}  // namespace heapreel::testing
