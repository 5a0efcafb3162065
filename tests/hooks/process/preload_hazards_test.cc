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

}  // namespace
}  // namespace heapreel::testing
