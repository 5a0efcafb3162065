#include <gtest/gtest.h>
#include <heapreel/heapreel.h>

namespace heapreel::testing {
namespace {

Trace tagged(std::string tag, std::string function = "", std::string module = "") {
  Trace trace;
  trace.tag = std::move(tag);
  trace.traceback = Traceback{Frame(FrameDetails{"a.cc", 1, std::move(function), std::move(module), 0, 0})};
  return trace;
}

TEST(Filter, AcceptsATagAndEveryScopeInsideIt) {
  Filter filter(true, "*");
  filter.tag_pattern = "Physics";
  EXPECT_TRUE(filter.matches(tagged("Physics")));
  EXPECT_TRUE(filter.matches(tagged("Physics/Solver/Islands")));
  EXPECT_FALSE(filter.matches(tagged("Physics2")));
  EXPECT_FALSE(filter.matches(tagged("Audio/Physics")));
  EXPECT_FALSE(filter.matches(tagged("")));
}

TEST(Filter, MatchesFunctionAndModuleOnTheSameFrame) {
  Filter filter(false, "*");
  filter.function_pattern = "Mesh::*";
  filter.module_pattern = "*/librender.so";
  EXPECT_FALSE(filter.matches(tagged("", "Mesh::load", "/opt/librender.so")));
  EXPECT_TRUE(filter.matches(tagged("", "Mesh::load", "/opt/game")));
  EXPECT_TRUE(filter.matches(tagged("", "load", "/opt/librender.so")));
}

TEST(Filter, TakesLineZeroForFramesWithoutALine) {
  Trace without_line;
  without_line.traceback = Traceback{Frame("a.cc", 0)};
  Filter filter(true, "*");
  filter.lineno = 0;
  EXPECT_TRUE(filter.matches(without_line));
  EXPECT_FALSE(filter.matches(tagged("")));
}

TEST(Filter, NormalizesEachDistinctNameOnceForAllTraces) {
  std::vector<Trace> traces(1000, tagged(""));
  traces[500].traceback = Traceback{Frame("b.cc", 1), Frame("a.cc", 2)};
  int calls = 0;
  const Filter filter(true, "A.cc", std::nullopt, true, std::nullopt, [&](std::string_view name) {
    ++calls;
    return name == "A.cc" ? std::string("a.cc") : std::string(name);
  });
  EXPECT_EQ(filter.filename_pattern(), "a.cc");
  const int calls_for_the_pattern = std::exchange(calls, 0);
  EXPECT_EQ(calls_for_the_pattern, 1);
  EXPECT_EQ(Snapshot::from_traces(traces, 25).filter_traces({filter}).traces().size(), 1000u);
  EXPECT_EQ(calls, 2);
}

TEST(Filter, TakesTheChangesMadeToItsFields) {
  Filter filter(true, "a.cc");
  filter.lineno = 2;
  EXPECT_FALSE(filter.matches(tagged("")));
  filter.inclusive = false;
  EXPECT_TRUE(filter.matches(tagged("")));
}

}  // namespace
}  // namespace heapreel::testing
