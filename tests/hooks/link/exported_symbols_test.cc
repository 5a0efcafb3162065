// What the built preload libraries export, need and occupy.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "tests/hooks/run_program.h"

namespace heapreel::testing {
namespace {

class PreloadLibrary : public ::testing::TestWithParam<const char*> {
 protected:
  const std::string path = test_setting(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Both, PreloadLibrary,
                         ::testing::Values("HEAPREEL_TEST_PRELOAD", "HEAPREEL_TEST_PRELOAD_SYSTEM"));

TEST_P(PreloadLibrary, ExportsExactlyTheListedSymbols) {
  const std::set<std::string> listed = {
#define HEAPREEL_INTERPOSED(symbol) #symbol,
#define HEAPREEL_EXPORTED(symbol) #symbol,
#include "hooks/link/c_api_symbols.def"
#include "hooks/link/interposed_symbols.def"
  };
  std::set<std::string> exported;
  std::istringstream lines(run({"nm", "-D", "--defined-only", "--format=posix", path}).out);
  for (std::string line; std::getline(lines, line);) exported.insert(line.substr(0, line.find(' ')));
  EXPECT_EQ(exported, listed);
}

TEST_P(PreloadLibrary, InterposesTheWholeFamilyOfOperatorNewAndDelete) {
  std::istringstream lines(run({"nm", "-D", "--defined-only", "--format=posix", path}).out);
  int news = 0;
  int deletes = 0;
  for (std::string line; std::getline(lines, line);) {
    news += line.starts_with("_Znw") || line.starts_with("_Zna");
    deletes += line.starts_with("_Zdl") || line.starts_with("_Zda");
  }
  EXPECT_EQ(news, 8);
  EXPECT_EQ(deletes, 12);
}

TEST_P(PreloadLibrary, NeedsNoCxxRuntime) {
  const std::string dynamic = run({"readelf", "-dW", path}).out;
  EXPECT_NE(dynamic.find("libc.so.6"), std::string::npos);
  EXPECT_EQ(dynamic.find("libstdc++"), std::string::npos);
  EXPECT_EQ(dynamic.find("libgcc_s"), std::string::npos);
  EXPECT_NE(dynamic.find("NODELETE"), std::string::npos);
  EXPECT_NE(dynamic.find("BIND_NOW"), std::string::npos);
}

TEST_P(PreloadLibrary, LeavesUndefinedNothingOfACxxRuntime) {
  std::istringstream lines(run({"nm", "-D", "--undefined-only", "--format=posix", path}).out);
  for (std::string line; std::getline(lines, line);) EXPECT_FALSE(line.starts_with("_Z")) << line;
}

TEST_P(PreloadLibrary, NeverInterposesStringDuplication) {
  const std::string symbols = run({"nm", "-D", "--defined-only", path}).out;
  for (const char* name : {" strdup", " strndup", " realpath"}) {
    EXPECT_EQ(symbols.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace heapreel::testing
