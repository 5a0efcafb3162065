#include "tests/snapshot/case_checks.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace heapreel::testing {

void check_case(const nlohmann::json& vector_case) {
  static const std::map<std::string, void (*)(const nlohmann::json&)> kChecks = {
      {"statistics", check_statistics},
      {"compare_to", check_compare_to},
      {"error", check_error},
      {"snapshot_attrs", check_snapshot_attrs},
      {"filter_traces", check_filter_traces},
      {"filter_chain", check_filter_chain},
      {"filter_attrs", check_filter_attrs},
      {"match_frame", check_match_frame},
      {"match_traceback", check_match_traceback},
      {"fnmatch", check_fnmatch},
      {"traceback_format", check_traceback_format},
      {"traceback_repr", check_traceback_repr},
      {"strings", check_strings},
      {"format_size", check_format_size},
      {"statistic_str", check_statistic_str},
      {"statistic_diff_str", check_statistic_diff_str},
      {"sequence", check_sequence},
      {"traces_slice", check_traces_slice},
      {"traceback_order", check_traceback_order},
      {"trace_equality", check_trace_equality},
  };
  const auto check = kChecks.find(vector_case.at("kind").get<std::string>());
  ASSERT_NE(check, kChecks.end()) << "unknown kind " << vector_case.at("kind");
  check->second(vector_case);
}

}  // namespace heapreel::testing
