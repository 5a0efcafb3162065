#include "snapshot/symbols/symbol_path.h"

#include <gtest/gtest.h>

namespace heapreel {
namespace {

TEST(SymbolPath, DotsAndDoubleSlashesGo) {
  EXPECT_EQ(normalise_source_path("/a/./b//c/../d.cc"), "/a/b/d.cc");
  EXPECT_EQ(normalise_source_path("//a/b/"), "/a/b");
  EXPECT_EQ(normalise_source_path("/a/..x/...y"), "/a/..x/...y");
}

TEST(SymbolPath, NothingLiesAboveTheRoot) {
  EXPECT_EQ(normalise_source_path("/../../a"), "/a");
  EXPECT_EQ(normalise_source_path("..", "/src"), "/");
  EXPECT_EQ(normalise_source_path("a.cc", normalise_source_path("..", "/src")), "/a.cc");
}

TEST(SymbolPath, RelativePathsAreJoinedToTheirDirectory) {
  EXPECT_EQ(normalise_source_path("../src/a.cc", "/game/build"), "/game/src/a.cc");
  EXPECT_EQ(normalise_source_path("/abs/a.cc", "/game/build"), "/abs/a.cc");
  EXPECT_EQ(normalise_source_path("a.cc", "."), "a.cc");
}

TEST(SymbolPath, LeadingStepsUpOfARelativePathStay) {
  EXPECT_EQ(normalise_source_path("../../a/../b.cc"), "../../b.cc");
  EXPECT_EQ(normalise_source_path("a/../../b.cc"), "../b.cc");
}

TEST(SymbolPath, AnEmptyPathStaysEmpty) {
  EXPECT_EQ(normalise_source_path(""), "");
}

TEST(SymbolPath, TheLongestPrefixIsReplaced) {
  EXPECT_EQ(map_path_prefix("/a/b/c.cc", {{"/a", "/x"}, {"/a/b", "/y"}}), "/y/c.cc");
  EXPECT_EQ(map_path_prefix("/a/b/c.cc", {{"/a/b/", "/y/"}}), "/y/c.cc");
}

TEST(SymbolPath, APrefixEndsAtASlash) {
  EXPECT_EQ(map_path_prefix("/ab/c.cc", {{"/a", "/x"}}), "/ab/c.cc");
  EXPECT_EQ(map_path_prefix("/a", {{"/a", "/x"}}), "/x");
}

TEST(SymbolPath, ThePrefixOfTheRootIsAPrefixOfAll) {
  EXPECT_EQ(map_path_prefix("/a/b.cc", {{"/", "/sysroot"}}), "/sysroot/a/b.cc");
}

TEST(SymbolPath, APrefixCanBeTakenAway) {
  EXPECT_EQ(map_path_prefix("/a/b.cc", {{"/a", ""}}), "/b.cc");
}

}  // namespace
}  // namespace heapreel
