// Programs that do what breaks interposers, each with and without the library: nobody can tell the
// difference.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/hooks/run_program.h"

namespace heapreel::testing {
namespace {

struct Hazard {
  const char* name;
  const char* argument;  // a file beside the program, or null
};
std::ostream& operator<<(std::ostream& out, const Hazard& hazard) {
  return out << hazard.name;
}

constexpr Hazard kHazards[] = {
    {"abort_on_new", nullptr},
    {"auxiliary_vector", nullptr},
    {"containers", nullptr},
    {"deep_binding", "hazard_deep_module.so"},
    {"fork_with_threads", nullptr},
    {"malloc_in_signal_handler", nullptr},
    {"open_module", "hazard_module.so"},
    {"open_module", "hazard_static_tls.so"},
    {"own_malloc", nullptr},
    {"spawn_children", nullptr},
    {"static_destructors", nullptr},
    {"tls_destructors", nullptr},
};

class PreloadedHazard : public ::testing::TestWithParam<std::tuple<const char*, const char*, Hazard>> {};

INSTANTIATE_TEST_SUITE_P(Table, PreloadedHazard,
                         ::testing::Combine(::testing::Values("HEAPREEL_TEST_PRELOAD", "HEAPREEL_TEST_PRELOAD_SYSTEM"),
                                            ::testing::Values("0", "25"), ::testing::ValuesIn(kHazards)));

TEST_P(PreloadedHazard, BehavesAsItDoesAlone) {
  const auto& [library, frames, hazard] = GetParam();
  const std::string folder = test_setting("HEAPREEL_TEST_HAZARDS");
  std::vector<std::string> command = {folder + "/hazard_" + hazard.name};
  if (hazard.argument != nullptr) command.push_back(folder + "/" + hazard.argument);
  EXPECT_EQ(run(command, {{"LD_PRELOAD", test_setting(library)}, {"HEAPREEL", frames}}), run(command));
}

class PreloadBesideOthers : public ::testing::TestWithParam<const char*> {
 protected:
  const std::string folder = test_setting("HEAPREEL_TEST_HAZARDS");
  const std::string ours = test_setting(GetParam());
  const Variables traced = {{"HEAPREEL", "25"}};

  Outcome run_with(const std::vector<std::string>& command, const std::string& preload, Variables variables = {}) {
    variables["LD_PRELOAD"] = preload;
    return run(command, variables);
  }
};

INSTANTIATE_TEST_SUITE_P(Both, PreloadBesideOthers,
                         ::testing::Values("HEAPREEL_TEST_PRELOAD", "HEAPREEL_TEST_PRELOAD_SYSTEM"));

// An overlay counts what the program opens: nothing of ours, and nothing twice.
TEST_P(PreloadBesideOthers, OverlaysThatStandBeforeTheLoadersFunctionsWorkInFrontAndBehindAndTwoAtOnce) {
  const std::vector<std::string> command = {folder + "/hazard_overlaid"};
  const std::string overlay = folder + "/hazard_overlay.so";
  const std::string second = folder + "/hazard_second_overlay.so";
  const Outcome alone = run_with(command, overlay);
  EXPECT_EQ(alone.out, "answer 42\n2 opened\n");
  EXPECT_EQ(run_with(command, overlay + " " + ours, traced), alone);
  EXPECT_EQ(run_with(command, ours + " " + overlay, traced), alone);
  const Outcome two = run_with(command, overlay + " " + second);
  EXPECT_EQ(two.out, "answer 42\n2 opened\n2 opened\n");
  EXPECT_EQ(run_with(command, overlay + " " + ours + " " + second, traced), two);
}

TEST_P(PreloadBesideOthers, BlocksBelowTheProgramBreakAreNotTheCLibrarys) {
  const std::vector<std::string> command = {"setarch", "-L", folder + "/hazard_large_blocks"};
  const Outcome alone = run(command);
  if (alone.out != "done\n") GTEST_SKIP() << "no setarch -L here";
  EXPECT_EQ(run_with(command, ours, traced), alone);
}

}  // namespace
}  // namespace heapreel::testing
