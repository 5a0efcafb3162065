// Checks one vector case against the library; failures are reported to GoogleTest.
#pragma once

#include <nlohmann/json.hpp>

namespace heapreel::testing {

// Checks a case of any kind. A kind that is not known fails.
void check_case(const nlohmann::json& vector_case);

// The checks for each kind of case.
void check_statistics(const nlohmann::json& vector_case);
void check_compare_to(const nlohmann::json& vector_case);
void check_error(const nlohmann::json& vector_case);
void check_snapshot_attrs(const nlohmann::json& vector_case);

void check_filter_traces(const nlohmann::json& vector_case);
void check_filter_chain(const nlohmann::json& vector_case);
void check_filter_attrs(const nlohmann::json& vector_case);
void check_match_frame(const nlohmann::json& vector_case);
void check_match_traceback(const nlohmann::json& vector_case);
void check_fnmatch(const nlohmann::json& vector_case);

void check_traceback_format(const nlohmann::json& vector_case);
void check_traceback_repr(const nlohmann::json& vector_case);
void check_strings(const nlohmann::json& vector_case);
void check_format_size(const nlohmann::json& vector_case);
void check_statistic_str(const nlohmann::json& vector_case);
void check_statistic_diff_str(const nlohmann::json& vector_case);

void check_sequence(const nlohmann::json& vector_case);
void check_traces_slice(const nlohmann::json& vector_case);
void check_traceback_order(const nlohmann::json& vector_case);
void check_trace_equality(const nlohmann::json& vector_case);

}  // namespace heapreel::testing
