// The library against the real tracemalloc on random data. The seed is printed; HEAPREEL_TEST_SEED repeats a
// run.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

#include "tests/snapshot/case_checks.h"
#include "tests/snapshot/case_json.h"

namespace heapreel::testing {
namespace {

constexpr int kCases = 2000;

uint32_t choose_seed() {
  const char* given = std::getenv("HEAPREEL_TEST_SEED");
  return given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

struct PipeCloser {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};

// False at the end of the output.
bool take_line(std::FILE* pipe, std::string& line) {
  line.clear();
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    if (c == '\n') return true;
    line.push_back(static_cast<char>(c));
  }
  return false;
}

class TracemallocDifferential : public ::testing::TestWithParam<const char*> {};

TEST_P(TracemallocDifferential, AgreesWithTheRealModuleOnRandomCases) {
  if (std::system("python3 -c 'import tracemalloc' >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "needs a python3 with tracemalloc";
  }
  const uint32_t seed = choose_seed();
  const std::string command = "python3 '" TRACEMALLOC_ORACLE "' " + std::string(GetParam()) + " " +
                              std::to_string(seed) + " " + std::to_string(kCases);
  std::printf("%s\n", command.c_str());
  const std::unique_ptr<std::FILE, PipeCloser> pipe(popen(command.c_str(), "r"));
  ASSERT_TRUE(pipe);

  int cases = 0;
  for (std::string line; take_line(pipe.get(), line) && !HasFailure(); ++cases) {
    SCOPED_TRACE(line.substr(0, 2000));
    check_case(json::parse(line));
  }
  if (!HasFailure()) {
    EXPECT_EQ(cases, kCases);
  }
}

INSTANTIATE_TEST_SUITE_P(Kind, TracemallocDifferential,
                         ::testing::Values("statistics", "compare_to", "filter_traces", "filter_chain", "fnmatch",
                                           "traceback_format", "strings", "format_size", "traceback_order",
                                           "trace_equality", "sequence", "statistic_str", "statistic_diff_str"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace heapreel::testing
