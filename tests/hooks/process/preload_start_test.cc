// How a preloaded library decides whether to trace, and what it leaves in the environment.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/hooks/run_program.h"

namespace heapreel::testing {
namespace {

// The fake engine writes its counts to a file when it is asked to.
class PreloadStart : public ::testing::Test {
 protected:
  ~PreloadStart() override { std::remove(report.c_str()); }

  Outcome run_traced(const std::vector<std::string>& command, Variables variables) {
    variables["LD_PRELOAD"] = test_setting("HEAPREEL_TEST_PRELOAD");
    variables["HEAPREEL_FAKE_REPORT"] = report;
    return run(command, variables);
  }

  // One entry per process that reported.
  std::vector<long> reported_allocs() const {
    std::vector<long> counts;
    std::ifstream lines(report);
    for (std::string line; std::getline(lines, line);) {
      long count = -1;
      std::sscanf(line.c_str(), "allocs %ld", &count);
      counts.push_back(count);
    }
    return counts;
  }

  std::string hazard(const char* name) const { return test_setting("HEAPREEL_TEST_HAZARDS") + "/hazard_" + name; }

  const std::string report = std::filesystem::temp_directory_path() / ("heapreel-report-" + std::to_string(getpid()));
};

TEST_F(PreloadStart, TracesWhenFramesAreAskedFor) {
  const Outcome outcome = run_traced({hazard("containers")}, {{"HEAPREEL", "25"}});
  EXPECT_EQ(outcome.err, "");
  ASSERT_EQ(reported_allocs().size(), 1u);
  EXPECT_GT(reported_allocs()[0], 20);
}

TEST_F(PreloadStart, TracesNothingWhenUnsetEmptyOrZero) {
  for (const Variables& variables : {Variables{}, Variables{{"HEAPREEL", ""}}, Variables{{"HEAPREEL", "0"}}}) {
    EXPECT_EQ(run_traced({hazard("containers")}, variables).err, "");
  }
  EXPECT_EQ(reported_allocs(), (std::vector<long>{0, 0, 0}));
}

TEST_F(PreloadStart, SaysWhatIsWrongAndRunsUntraced) {
  const Outcome outcome = run_traced({hazard("containers")}, {{"HEAPREEL", "many"}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "101\n");
  EXPECT_EQ(outcome.err,
            "heapreel: HEAPREEL: invalid number of frames 'many', expected 1 to 1024, or 0 for off; running "
            "untraced\n");
  EXPECT_EQ(reported_allocs(), std::vector<long>{0});
}

TEST_F(PreloadStart, RefusesAWrongOptionInTheSameWay) {
  const Outcome outcome = run_traced({hazard("containers")}, {{"HEAPREEL", "5"}, {"HEAPREEL_OPTIONS", "colour=red"}});
  EXPECT_EQ(outcome.err,
            "heapreel: HEAPREEL_OPTIONS: unknown option 'colour' (see `heapreel help options`); running "
            "untraced\n");
  EXPECT_EQ(reported_allocs(), std::vector<long>{0});
}

TEST_F(PreloadStart, RefusesAnOptionsVariableThatIsTooLong) {
  const Outcome outcome =
      run_traced({hazard("containers")}, {{"HEAPREEL", "5"}, {"HEAPREEL_OPTIONS", std::string(10'000, ':')}});
  EXPECT_EQ(outcome.err, "heapreel: HEAPREEL or HEAPREEL_OPTIONS is too long; running untraced\n");
}

TEST_F(PreloadStart, ReadsPastALargeEnvironment) {
  run_traced({hazard("containers")}, {{"AAA", std::string(100'000, 'a')}, {"HEAPREEL", "25"}});
  ASSERT_EQ(reported_allocs().size(), 1u);
  EXPECT_GT(reported_allocs()[0], 20);
}

TEST_F(PreloadStart, LeavesExecdProgramsUntracedAndTheirVariablesClean) {
  const Outcome outcome = run_traced({hazard("exec_self")},
                                     {{"HEAPREEL", "25"}, {"HEAPREEL_OPTIONS", "frame_every_ms=5"}, {"KEPT", "yes"}});
  EXPECT_EQ(outcome.out, "LD_PRELOAD=(unset)\nHEAPREEL=(unset)\nHEAPREEL_OPTIONS=(unset)\nKEPT=yes\n");
}

TEST_F(PreloadStart, KeepsOtherPreloadedLibraries) {
  Variables variables = {{"HEAPREEL", "25"}};
  variables["LD_PRELOAD"] = "libz.so.1 " + test_setting("HEAPREEL_TEST_PRELOAD") + " libm.so.6";
  const Outcome outcome = run({hazard("exec_self")}, variables);
  EXPECT_EQ(outcome.out, "LD_PRELOAD=libz.so.1:libm.so.6\nHEAPREEL=(unset)\nHEAPREEL_OPTIONS=(unset)\nKEPT=(unset)\n");
}

TEST_F(PreloadStart, FollowsExecWhenAskedTo) {
  const Outcome outcome =
      run_traced({hazard("exec_self")}, {{"HEAPREEL", "25"}, {"HEAPREEL_OPTIONS", "follow_forks=1"}});
  EXPECT_NE(outcome.out.find("\nHEAPREEL=25\nHEAPREEL_OPTIONS=follow_forks=1\n"), std::string::npos);
  ASSERT_EQ(reported_allocs().size(), 1u) << "the first image was replaced before it could report";
  EXPECT_GT(reported_allocs()[0], 0);
}

TEST_F(PreloadStart, LeavesTheEnvironmentAloneWhenNobodyAskedForTracing) {
  const Outcome outcome = run_traced({hazard("exec_self")}, {});
  EXPECT_NE(outcome.out.find("LD_PRELOAD=" + test_setting("HEAPREEL_TEST_PRELOAD") + "\n"), std::string::npos);
}

TEST_F(PreloadStart, TellsTheEngineInForkedChildren) {
  run_traced({"perl", "-e", "exit 0 if !fork; wait"}, {{"HEAPREEL", "25"}});
  std::ifstream lines(report);
  std::string all((std::istreambuf_iterator<char>(lines)), {});
  EXPECT_NE(all.find("forks 1"), std::string::npos) << all;
  EXPECT_NE(all.find("forks 0"), std::string::npos) << all;
}

}  // namespace
}  // namespace heapreel::testing
