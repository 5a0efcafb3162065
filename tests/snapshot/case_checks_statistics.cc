#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {
namespace {

json frames_json(const Traceback& traceback) {
  json frames = json::array();
  for (const Frame& frame : traceback) frames.push_back({frame.filename(), frame.lineno()});
  return frames;
}

json rows_json(const std::vector<Statistic>& statistics) {
  json rows = json::array();
  for (const Statistic& statistic : statistics) {
    rows.push_back({{"frames", frames_json(statistic.traceback)},
                    {"size", statistic.size},
                    {"count", statistic.count},
                    {"str", statistic.to_string()}});
    EXPECT_EQ(statistic.traceback.total_nframe(), std::nullopt);
  }
  return rows;
}

json rows_json(const std::vector<StatisticDiff>& statistics) {
  json rows = json::array();
  for (const StatisticDiff& statistic : statistics) {
    rows.push_back({{"frames", frames_json(statistic.traceback)},
                    {"size", statistic.size},
                    {"size_diff", statistic.size_diff},
                    {"count", statistic.count},
                    {"count_diff", statistic.count_diff},
                    {"str", statistic.to_string()}});
    EXPECT_EQ(statistic.traceback.total_nframe(), std::nullopt);
  }
  return rows;
}

}  // namespace

void check_statistics(const json& vector_case) {
  const Snapshot snapshot = snapshot_of(vector_case.at("traces"));
  for (const json& run : vector_case.at("expect")) {
    EXPECT_EQ(rows_json(snapshot.statistics(key_type_of(run), run.at("cumulative"))), run.at("stats"));
  }
}

void check_compare_to(const json& vector_case) {
  const Snapshot old_snapshot = snapshot_of(vector_case.at("old"));
  const Snapshot new_snapshot = snapshot_of(vector_case.at("new"));
  for (const json& run : vector_case.at("expect")) {
    EXPECT_EQ(rows_json(new_snapshot.compare_to(old_snapshot, key_type_of(run), run.at("cumulative"))),
              run.at("stats"));
  }
}

void check_error(const json& vector_case) {
  const Snapshot snapshot = Snapshot::from_traces({}, 1);
  ASSERT_EQ(vector_case.at("expect").at("error"), "ValueError");
  try {
    if (vector_case.at("call") == "compare_to") {
      snapshot.compare_to(snapshot, key_type_of(vector_case), vector_case.at("cumulative"));
    } else {
      ASSERT_EQ(vector_case.at("call"), "statistics");
      snapshot.statistics(key_type_of(vector_case), vector_case.at("cumulative"));
    }
    FAIL() << "nothing was thrown";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(error.what(), vector_case.at("expect").at("message").get<std::string>());
  }
}

void check_snapshot_attrs(const json& vector_case) {
  const json& expect = vector_case.at("expect");
  const Snapshot snapshot =
      Snapshot::from_traces(traces_of(vector_case.at("traces")), vector_case.at("traceback_limit"));
  EXPECT_EQ(snapshot.traceback_limit(), expect.at("traceback_limit"));
  EXPECT_EQ(snapshot.traces().size(), expect.at("len"));
  for (size_t i = 0; i < expect.at("traces").size(); ++i) {
    const json& row = expect.at("traces")[i];
    const Trace trace = snapshot.traces()[static_cast<ptrdiff_t>(i)];
    EXPECT_EQ(trace.domain, row.at("domain"));
    EXPECT_EQ(trace.size, row.at("size"));
    EXPECT_EQ(trace.traceback.total_nframe(), optional_of<uint32_t>(row.at("total_nframe")));
    EXPECT_EQ(trace.traceback.size(), row.at("len"));
    EXPECT_EQ(frames_json(trace.traceback), row.at("frames"));
    EXPECT_EQ(trace.to_string(), row.at("str"));
    EXPECT_EQ(trace.repr(), row.at("repr"));
  }
}

void check_filter_traces(const json& vector_case) {
  const Snapshot snapshot = snapshot_of(vector_case.at("traces"));
  const Traces before = snapshot.traces();
  for (const json& run : vector_case.at("runs")) {
    const Snapshot filtered = snapshot.filter_traces(filters_of(run.at("filters")));
    std::vector<Trace> expected;
    for (const size_t index : run.at("expect_indices")) expected.push_back(before[static_cast<ptrdiff_t>(index)]);
    EXPECT_EQ(filtered.traces().slice({}, {}), expected) << run.at("filters");
    EXPECT_EQ(filtered.traceback_limit(), snapshot.traceback_limit());
    if (run.contains("expect_statistics_filename")) {
      EXPECT_EQ(rows_json(filtered.statistics(KeyType::filename)), run.at("expect_statistics_filename"));
    }
  }
  EXPECT_EQ(snapshot.traces().slice({}, {}), traces_of(vector_case.at("traces")));
}

}  // namespace heapreel::testing
