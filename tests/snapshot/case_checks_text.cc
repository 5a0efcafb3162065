#include <map>

#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {

void check_traceback_format(const json& vector_case) {
  std::map<std::pair<std::string, uint32_t>, std::string> source;
  for (const json& line : vector_case.at("source")) source[{line[0], line[1]}] = line[2];
  const SourceLines lines = [&](std::string_view filename, uint32_t lineno) {
    const auto found = source.find({std::string(filename), lineno});
    return found != source.end() ? found->second : std::string();
  };
  const Traceback traceback(frames_of(vector_case.at("frames")));
  for (const json& run : vector_case.at("runs")) {
    EXPECT_EQ(traceback.format(optional_of<int>(run.at("limit")), run.at("most_recent_first"), lines),
              run.at("lines").get<std::vector<std::string>>())
        << "limit " << run.at("limit") << ", most_recent_first " << run.at("most_recent_first");
  }
}

void check_traceback_repr(const json& vector_case) {
  EXPECT_EQ(traceback_of(vector_case).repr(), vector_case.at("expect"));
}

void check_strings(const json& vector_case) {
  const Snapshot snapshot = snapshot_of(vector_case.at("traces"));
  EXPECT_EQ(snapshot.traces().repr(), vector_case.at("traces_repr"));
  for (size_t i = 0; i < vector_case.at("expect").size(); ++i) {
    const json& expect = vector_case.at("expect")[i];
    const Trace trace = snapshot.traces()[static_cast<ptrdiff_t>(i)];
    EXPECT_EQ(trace.to_string(), expect.at("trace_str"));
    EXPECT_EQ(trace.repr(), expect.at("trace_repr"));
    EXPECT_EQ(trace.traceback.to_string(), expect.at("traceback_str"));
    EXPECT_EQ(trace.traceback.repr(), expect.at("traceback_repr"));
    std::vector<std::string> strings, reprs;
    for (const Frame& frame : trace.traceback) {
      strings.push_back(frame.to_string());
      reprs.push_back(frame.repr());
    }
    EXPECT_EQ(strings, expect.at("frame_str").get<std::vector<std::string>>());
    EXPECT_EQ(reprs, expect.at("frame_repr").get<std::vector<std::string>>());
  }
}

void check_format_size(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    const bool negative = !check.at("num").is_number_unsigned();
    const uint64_t magnitude =
        negative ? 0 - static_cast<uint64_t>(check.at("num").get<int64_t>()) : check.at("num").get<uint64_t>();
    const double average = average_size(magnitude, check.at("den"));
    EXPECT_EQ(format_size(negative ? -average : average, check.at("sign")), check.at("expect")) << check;
  }
}

void check_statistic_str(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    const Statistic statistic{traceback_of(check), check.at("size"), check.at("count")};
    EXPECT_EQ(statistic.to_string(), check.at("str"));
    EXPECT_EQ(statistic.repr(), check.at("repr"));
  }
}

void check_statistic_diff_str(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    const StatisticDiff statistic{traceback_of(check), check.at("size"), check.at("size_diff"), check.at("count"),
                                  check.at("count_diff")};
    EXPECT_EQ(statistic.to_string(), check.at("str"));
    EXPECT_EQ(statistic.repr(), check.at("repr"));
  }
}

}  // namespace heapreel::testing
