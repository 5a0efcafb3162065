#include <algorithm>

#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {

void check_sequence(const json& vector_case) {
  const Traceback traceback(frames_of(vector_case.at("frames")));
  EXPECT_EQ(traceback.size(), vector_case.at("len"));
  for (const json& item : vector_case.at("getitem")) {
    if (!item.contains("error")) {
      EXPECT_EQ(traceback[item.at("index")], frame_of(item.at("frame"))) << item;
      continue;
    }
    try {
      traceback[item.at("index")];
      ADD_FAILURE() << "nothing was thrown for " << item;
    } catch (const std::out_of_range& error) {
      EXPECT_EQ(error.what(), item.at("message").get<std::string>());
    }
  }
  for (const json& slice : vector_case.at("slices")) {
    EXPECT_EQ(traceback.slice(optional_of<ptrdiff_t>(slice.at("start")), optional_of<ptrdiff_t>(slice.at("stop"))),
              frames_of(slice.at("frames")))
        << slice;
  }
  for (const json& check : vector_case.at("contains")) {
    EXPECT_EQ(traceback.contains(frame_of(check.at("frame"))), check.at("contains").get<bool>()) << check;
    EXPECT_EQ(traceback.count(frame_of(check.at("frame"))), check.at("count")) << check;
    EXPECT_EQ(traceback.index(frame_of(check.at("frame"))).has_value(), check.at("contains").get<bool>());
  }
  EXPECT_EQ(std::vector<Frame>(traceback.rbegin(), traceback.rend()), frames_of(vector_case.at("reversed")));
}

void check_traces_slice(const json& vector_case) {
  const std::vector<Trace> traces = traces_of(vector_case.at("traces"));
  const Snapshot snapshot = Snapshot::from_traces(traces, 25);
  for (const json& slice : vector_case.at("slices")) {
    std::vector<Trace> expected;
    for (const size_t index : slice.at("expect_indices")) expected.push_back(traces[index]);
    const auto part =
        snapshot.traces().slice(optional_of<ptrdiff_t>(slice.at("start")), optional_of<ptrdiff_t>(slice.at("stop")));
    EXPECT_EQ(part, expected) << slice;
    EXPECT_EQ(part.size(), slice.at("len"));
  }
}

void check_traceback_order(const json& vector_case) {
  std::vector<Traceback> tracebacks;
  for (const json& traceback : vector_case.at("tracebacks")) tracebacks.push_back(traceback_of(traceback));
  for (const json& pair : vector_case.at("pairs")) {
    const Traceback& a = tracebacks.at(pair.at("a"));
    const Traceback& b = tracebacks.at(pair.at("b"));
    EXPECT_EQ(a == b, pair.at("eq").get<bool>()) << pair;
    EXPECT_EQ(a < b, pair.at("lt").get<bool>()) << pair;
    EXPECT_EQ(a <= b, pair.at("le").get<bool>()) << pair;
    EXPECT_EQ(a.hash() == b.hash(), pair.at("hash_eq").get<bool>()) << pair;
  }
  std::vector<size_t> order(tracebacks.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return tracebacks[a] < tracebacks[b]; });
  EXPECT_EQ(order, vector_case.at("sorted_ascending").get<std::vector<size_t>>());
}

void check_trace_equality(const json& vector_case) {
  const std::vector<Trace> traces = traces_of(vector_case.at("traces"));
  for (const json& pair : vector_case.at("pairs")) {
    const Trace& a = traces.at(pair.at("a"));
    const Trace& b = traces.at(pair.at("b"));
    EXPECT_EQ(a == b, pair.at("eq").get<bool>()) << pair;
    if (a == b) {
      EXPECT_EQ(a.hash(), b.hash());
    }
  }
}

}  // namespace heapreel::testing
