// Counterparts, by name, of CPython's Lib/test/test_tracemalloc.py. README.md lists those whose counterpart
// is a vector.
#include <gtest/gtest.h>

#include "tests/snapshot/cpython_snapshots.h"

namespace heapreel::testing {
namespace {

using Statistics = std::vector<Statistic>;
using Diffs = std::vector<StatisticDiff>;

Traceback at(std::string filename, uint32_t lineno) {
  return Traceback{Frame(std::move(filename), lineno)};
}

TEST(TestSnapshot, test_create_snapshot) {
  const Snapshot snapshot = Snapshot::from_traces({make_trace(0, 5, {{"a.py", 2}}, 10)}, 5);
  EXPECT_EQ(snapshot.traceback_limit(), 5);
  ASSERT_EQ(snapshot.traces().size(), 1u);
  const Trace trace = snapshot.traces()[0];
  EXPECT_EQ(trace.size, 5u);
  EXPECT_EQ(trace.traceback.total_nframe(), 10u);
  EXPECT_EQ(trace.traceback, at("a.py", 2));
}

TEST(TestSnapshot, test_filter_traces) {
  const Snapshot snapshot = first_snapshot();
  const std::vector<Trace> all = snapshot.traces().slice({}, {});
  const Snapshot without_b = snapshot.filter_traces({Filter(false, "b.py")});
  EXPECT_EQ(without_b.traces().slice({}, {}), (std::vector<Trace>{all[0], all[1], all[2], all[3], all[5]}));
  EXPECT_EQ(snapshot.traces().slice({}, {}), all);
  const Snapshot two_lines = without_b.filter_traces({Filter(true, "a.py", 2), Filter(true, "a.py", 5)});
  EXPECT_EQ(two_lines.traces().slice({}, {}), (std::vector<Trace>{all[0], all[1], all[2], all[3]}));
  EXPECT_EQ(snapshot.filter_traces({}).traces(), snapshot.traces());
}

TEST(TestSnapshot, test_filter_traces_domain) {
  const Snapshot snapshot = first_snapshot();
  const std::vector<Trace> all = snapshot.traces().slice({}, {});
  EXPECT_EQ(snapshot.filter_traces({Filter(false, "a.py", {}, false, 1)}).traces().slice({}, {}),
            (std::vector<Trace>{all[0], all[1], all[2], all[4], all[5]}));
  EXPECT_EQ(snapshot.filter_traces({Filter(true, "a.py", {}, false, 1)}).traces().slice({}, {}),
            (std::vector<Trace>{all[3]}));
}

TEST(TestSnapshot, test_filter_traces_domain_filter) {
  const Snapshot snapshot = first_snapshot();
  const std::vector<Trace> all = snapshot.traces().slice({}, {});
  EXPECT_EQ(snapshot.filter_traces({DomainFilter(false, 3)}).traces().slice({}, {}),
            (std::vector<Trace>{all[0], all[1], all[2], all[3], all[4]}));
  EXPECT_EQ(snapshot.filter_traces({DomainFilter(true, 3)}).traces().slice({}, {}), (std::vector<Trace>{all[5]}));
}

TEST(TestSnapshot, test_snapshot_group_by_line) {
  EXPECT_EQ(
      first_snapshot().statistics(KeyType::lineno),
      (Statistics{{at("b.py", 1), 66, 1}, {at("a.py", 2), 30, 3}, {at("<unknown>", 0), 7, 1}, {at("a.py", 5), 2, 1}}));
  EXPECT_EQ(second_snapshot().statistics(KeyType::lineno),
            (Statistics{{at("a.py", 5), 5002, 2}, {at("c.py", 578), 400, 1}, {at("a.py", 2), 30, 3}}));
  EXPECT_EQ(second_snapshot().compare_to(first_snapshot(), KeyType::lineno), (Diffs{{at("a.py", 5), 5002, 5000, 2, 1},
                                                                                    {at("c.py", 578), 400, 400, 1, 1},
                                                                                    {at("b.py", 1), 0, -66, 0, -1},
                                                                                    {at("<unknown>", 0), 0, -7, 0, -1},
                                                                                    {at("a.py", 2), 30, 0, 3, 0}}));
}

TEST(TestSnapshot, test_snapshot_group_by_file) {
  EXPECT_EQ(first_snapshot().statistics(KeyType::filename),
            (Statistics{{at("b.py", 0), 66, 1}, {at("a.py", 0), 32, 4}, {at("<unknown>", 0), 7, 1}}));
  EXPECT_EQ(second_snapshot().statistics(KeyType::filename),
            (Statistics{{at("a.py", 0), 5032, 5}, {at("c.py", 0), 400, 1}}));
  EXPECT_EQ(second_snapshot().compare_to(first_snapshot(), KeyType::filename),
            (Diffs{{at("a.py", 0), 5032, 5000, 5, 1},
                   {at("c.py", 0), 400, 400, 1, 1},
                   {at("b.py", 0), 0, -66, 0, -1},
                   {at("<unknown>", 0), 0, -7, 0, -1}}));
}

TEST(TestSnapshot, test_snapshot_group_by_traceback) {
  const Traceback tb1{Frame("b.py", 4), Frame("a.py", 2)}, tb2{Frame("b.py", 4), Frame("a.py", 5)};
  EXPECT_EQ(first_snapshot().statistics(KeyType::traceback),
            (Statistics{{at("b.py", 1), 66, 1}, {tb1, 30, 3}, {at("<unknown>", 0), 7, 1}, {tb2, 2, 1}}));
  EXPECT_EQ(second_snapshot().statistics(KeyType::traceback),
            (Statistics{{tb2, 5002, 2}, {at("c.py", 578), 400, 1}, {tb1, 30, 3}}));
  EXPECT_EQ(second_snapshot().compare_to(first_snapshot(), KeyType::traceback),
            (Diffs{{tb2, 5002, 5000, 2, 1},
                   {at("c.py", 578), 400, 400, 1, 1},
                   {at("b.py", 1), 0, -66, 0, -1},
                   {at("<unknown>", 0), 0, -7, 0, -1},
                   {tb1, 30, 0, 3, 0}}));
  EXPECT_THROW(first_snapshot().statistics(KeyType::traceback, true), std::invalid_argument);
}

TEST(TestSnapshot, test_snapshot_group_by_cumulative) {
  EXPECT_EQ(first_snapshot().statistics(KeyType::filename, true),
            (Statistics{{at("b.py", 0), 98, 5}, {at("a.py", 0), 32, 4}, {at("<unknown>", 0), 7, 1}}));
  EXPECT_EQ(first_snapshot().statistics(KeyType::lineno, true), (Statistics{{at("b.py", 1), 66, 1},
                                                                            {at("b.py", 4), 32, 4},
                                                                            {at("a.py", 2), 30, 3},
                                                                            {at("<unknown>", 0), 7, 1},
                                                                            {at("a.py", 5), 2, 1}}));
}

TEST(TestSnapshot, test_trace_format) {
  const Trace trace = first_snapshot().traces()[0];
  EXPECT_EQ(trace.to_string(), "b.py:4: 10 B");
  EXPECT_EQ(trace.traceback.to_string(), "b.py:4");
  EXPECT_EQ(trace.traceback[0].to_string(), "b.py:4");
}

TEST(TestSnapshot, test_statistic_format) {
  EXPECT_EQ(first_snapshot().statistics(KeyType::lineno)[0].to_string(), "b.py:1: size=66 B, count=1, average=66 B");
}

TEST(TestSnapshot, test_statistic_diff_format) {
  EXPECT_EQ(second_snapshot().compare_to(first_snapshot(), KeyType::lineno)[0].to_string(),
            "a.py:5: size=5002 B (+5000 B), count=2 (+1), average=2501 B");
}

TEST(TestSnapshot, test_slices) {
  const Traces traces = first_snapshot().traces();
  EXPECT_EQ(traces.slice({}, 2), (std::vector<Trace>{traces[0], traces[1]}));
  const Traceback traceback = traces[0].traceback;
  EXPECT_EQ(traceback.slice({}, 2), (std::vector<Frame>{traceback[0], traceback[1]}));
}

}  // namespace
}  // namespace heapreel::testing
