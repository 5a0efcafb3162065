// CPython's own answers: every case of tests/vectors/tracemalloc_vectors.json, one test a case.
#include <fstream>

#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {
namespace {

const json& all_cases() {
  static const json kFile = json::parse(std::ifstream(TRACEMALLOC_VECTORS));
  return kFile.at("cases");
}

class TracemallocVectors : public ::testing::TestWithParam<size_t> {};

TEST_P(TracemallocVectors, AgreesWithCPython) {
  check_case(all_cases()[GetParam()]);
}

INSTANTIATE_TEST_SUITE_P(Case, TracemallocVectors, ::testing::Range<size_t>(0, all_cases().size()),
                         [](const auto& info) { return all_cases()[info.param].at("id").template get<std::string>(); });

}  // namespace
}  // namespace heapreel::testing
