#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {

void check_filter_chain(const json& vector_case) {
  const std::vector<Trace> traces = traces_of(vector_case.at("traces"));
  Snapshot snapshot = Snapshot::from_traces(traces, 25);
  for (size_t step = 0; step < vector_case.at("steps").size(); ++step) {
    snapshot = snapshot.filter_traces(filters_of(vector_case.at("steps")[step]));
    std::vector<Trace> expected;
    for (const size_t index : vector_case.at("expect_indices")[step]) expected.push_back(traces[index]);
    EXPECT_EQ(snapshot.traces().slice({}, {}), expected) << "step " << step;
  }
}

void check_filter_attrs(const json& vector_case) {
  const Filter filter = std::get<Filter>(filter_of(vector_case.at("arguments")));
  const json& expect = vector_case.at("expect");
  EXPECT_EQ(filter.inclusive, expect.at("inclusive"));
  EXPECT_EQ(filter.filename_pattern(), expect.at("filename_pattern"));
  EXPECT_EQ(filter.lineno, optional_of<int64_t>(expect.at("lineno")));
  EXPECT_EQ(filter.all_frames, expect.at("all_frames"));
  EXPECT_EQ(filter.domain, optional_of<int64_t>(expect.at("domain")));
}

void check_match_frame(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    const Filter filter(check.at("inclusive"), check.at("filename_pattern").get<std::string>(),
                        optional_of<int64_t>(check.at("lineno")));
    Trace trace;
    trace.traceback = Traceback{Frame(check.at("filename"), check.at("frame_lineno"))};
    EXPECT_EQ(filter.matches(trace), check.at("expect").get<bool>()) << check;
  }
}

void check_match_traceback(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    Trace trace;
    trace.traceback = Traceback(frames_of(check.at("frames")));
    const Filter filter = std::get<Filter>(filter_of(check.at("filter")));
    EXPECT_EQ(filter.matches(trace), check.at("expect").get<bool>()) << check;
  }
}

void check_fnmatch(const json& vector_case) {
  for (const json& check : vector_case.at("checks")) {
    Trace trace;
    trace.traceback = Traceback{Frame(check.at("filename"), 0)};
    const Filter filter(true, check.at("filename_pattern").get<std::string>());
    EXPECT_EQ(filter.matches(trace), check.at("expect").get<bool>()) << check;
  }
}

}  // namespace heapreel::testing
