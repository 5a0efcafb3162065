#include "snapshot/budget/code_pattern.h"

#include <gtest/gtest.h>

#include "snapshot/text/bare_function.h"

namespace heapreel::testing {
namespace {

Frame frame(const char* function, const char* file = "/src/game/ai.cc", const char* module = "/usr/lib/libgame.so.1") {
  return Frame(FrameDetails{.filename = file, .lineno = 3, .function = function, .module = module});
}

TEST(BareFunctionTest, LosesWhatItReturnsAndTakes) {
  for (const auto& [function, bare] : std::initializer_list<std::pair<const char*, const char*>>{
           {"main", "main"},
           {"Mesh::load(char const*) const", "Mesh::load"},
           {"std::vector<int> user::make<int>(int)", "user::make<int>"},
           {"(anonymous namespace)::solve(int)", "(anonymous namespace)::solve"},
           {"run()::{lambda(int)#1}::operator()(int) const", "run()::{lambda(int)#1}::operator()"},
           {"Vec::operator()(int)", "Vec::operator()"},
           {"operator new(unsigned long)", "operator new"},
           {"operator<(A, B)", "operator<"},
           {"ostream& operator<< <int>(int)", "operator<< <int>"},
           {"solve(int) [clone .isra.0]", "solve"},
           {"solve.cold", "solve"},
           {"solve.constprop.0.isra.0", "solve"},
           {"broken(", "broken("},
           {"", ""},
       }) {
    EXPECT_EQ(bare_function(function), bare) << function;
  }
}

TEST(BareFunctionTest, EndsInItsLastPart) {
  EXPECT_EQ(last_part_of_function("game::Mesh<a::b>::load"), "load");
  EXPECT_EQ(last_part_of_function("(anonymous namespace)::solve"), "solve");
  EXPECT_EQ(last_part_of_function("main"), "main");
}

TEST(CodePatternTest, MeetsAFunctionByItsNameAndTheEndsOfIt) {
  for (const char* pattern : {"game::Mesh::load(int)", "game::Mesh::load", "Mesh::load", "load", "game::*", "*load*"}) {
    EXPECT_TRUE(CodePattern({.function = pattern}).matches(frame("game::Mesh::load(int)"))) << pattern;
  }
  for (const char* pattern : {"oad", "Mesh", "game", "int", "load(int)"}) {
    EXPECT_FALSE(CodePattern({.function = pattern}).matches(frame("game::Mesh::load(char)"))) << pattern;
  }
}

TEST(CodePatternTest, MeetsFilesAndModulesByTheEndsOfTheirPaths) {
  for (const char* pattern : {"/src/game/ai.cc", "game/ai.cc", "ai.cc", "game/*", "*.cc"}) {
    EXPECT_TRUE(CodePattern({.file = pattern}).matches(frame("f"))) << pattern;
  }
  for (const char* pattern : {"i.cc", "src", "ame/ai.cc"}) {
    EXPECT_FALSE(CodePattern({.file = pattern}).matches(frame("f"))) << pattern;
  }
  EXPECT_TRUE(CodePattern({.module = "libgame.so*"}).matches(frame("f")));
  EXPECT_FALSE(CodePattern({.module = "libgame.so"}).matches(frame("f")));
}

TEST(CodePatternTest, AllThatIsGivenHasToMatchOneFrame) {
  CodePattern pattern({.function = "think", .file = "ai.cc"});
  EXPECT_TRUE(pattern.matches(Traceback({frame("main", "main.cc"), frame("think"), frame("malloc", "malloc.c")})));
  EXPECT_FALSE(pattern.matches(Traceback({frame("think", "main.cc"), frame("main")})));
  EXPECT_FALSE(pattern.matches(Traceback()));
}

}  // namespace
}  // namespace heapreel::testing
