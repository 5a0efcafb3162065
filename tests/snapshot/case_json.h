// Reads the inputs of a vector case.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <heapreel/heapreel.h>
#include <nlohmann/json.hpp>

namespace heapreel::testing {

using nlohmann::json;

// null is nothing.
template <typename T>
std::optional<T> optional_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

inline Frame frame_of(const json& value) {
  return Frame(value.at(0).get<std::string>(), value.at(1));
}

inline std::vector<Frame> frames_of(const json& value) {
  std::vector<Frame> frames;
  for (const json& frame : value) frames.push_back(frame_of(frame));
  return frames;
}

// An object with `frames` and perhaps `total_nframe`.
inline Traceback traceback_of(const json& value) {
  return Traceback(frames_of(value.at("frames")), optional_of<uint32_t>(value.value("total_nframe", json())));
}

inline Trace trace_of(const json& value) {
  Trace trace;
  trace.domain = value.at("domain");
  trace.size = value.at("size");
  trace.traceback = traceback_of(value);
  return trace;
}

inline std::vector<Trace> traces_of(const json& value) {
  std::vector<Trace> traces;
  for (const json& trace : value) traces.push_back(trace_of(trace));
  return traces;
}

inline Snapshot snapshot_of(const json& traces) {
  return Snapshot::from_traces(traces_of(traces), 25);
}

inline TraceFilter filter_of(const json& value) {
  if (value.value("type", "Filter") == "DomainFilter") return DomainFilter(value.at("inclusive"), value.at("domain"));
  return Filter(value.at("inclusive"), value.at("filename_pattern").get<std::string>(),
                optional_of<int64_t>(value.value("lineno", json())), value.value("all_frames", false),
                optional_of<int64_t>(value.value("domain", json())));
}

inline std::vector<TraceFilter> filters_of(const json& value) {
  std::vector<TraceFilter> filters;
  for (const json& filter : value) filters.push_back(filter_of(filter));
  return filters;
}

inline KeyType key_type_of(const json& run) {
  return key_type_from_string(run.at("key_type").get<std::string>());
}

}  // namespace heapreel::testing
