#include "tools/command/gate/site_match.h"

#include <gtest/gtest.h>

namespace heapreel::tools {
namespace {

using Matches = std::vector<std::optional<size_t>>;

TEST(MatchedLinesTest, AsManyLinesAsBeforeAreTheSameInTheirOrder) {
  EXPECT_EQ(matched_lines({{10, 1, 1}, {12, 5, 9}}, {{30, 7, 7}, {99, 1, 1}}), (Matches{0, 1}));
  EXPECT_EQ(matched_lines({}, {}), Matches{});
  EXPECT_EQ(matched_lines({{10, 1, 1}}, {}), Matches{std::nullopt});
}

TEST(MatchedLinesTest, AnInsertedLineIsTheOneThatMovesTheOthersLeast) {
  // A line of 200 bytes came in between.
  EXPECT_EQ(matched_lines({{20, 10, 1'000}, {21, 10, 100}, {23, 10, 4'000}},
                          {{25, 10, 1'000}, {27, 10, 2'000}, {29, 10, 100}, {31, 10, 4'000}}),
            (Matches{0, 2, 3}));
  // All alike: distances alone decide.
  EXPECT_EQ(matched_lines({{20, 1, 8}, {30, 1, 8}}, {{24, 1, 8}, {27, 1, 8}, {37, 1, 8}}), (Matches{1, 2}));
}

TEST(MatchedLinesTest, ALineThatWentMatchesNothing) {
  EXPECT_EQ(matched_lines({{20, 1, 8}, {25, 1, 8}, {30, 1, 8}}, {{20, 1, 8}, {29, 1, 8}}),
            (Matches{0, std::nullopt, 1}));
}

TEST(MatchedLinesTest, ManyLinesAreMatchedInReasonableTime) {
  std::vector<SiteLine> before, after;
  for (uint32_t line = 0; line < 5'000; ++line) {
    before.push_back({line, 1, 8});
    after.push_back({line, 1, 8});
  }
  after.push_back({6'000, 1, 8});
  EXPECT_EQ(matched_lines(before, after)[4'999], 4'999u);
}

BuildSites build(std::vector<std::tuple<const char*, const char*, uint32_t>> sites) {
  BuildSites build;
  for (const auto& [function, file, line] : sites) {
    BuildSite& site = build.sites.emplace_back();
    site.function = function;
    site.file = file;
    site.line = line;
    site.allocs = 1;
  }
  return build;
}

TEST(MatchedSitesTest, FunctionsAreFoundByNameAndFile) {
  const BuildSites before =
      build({{"draw", "a.cc", 1}, {"draw", "b.cc", 1}, {"gone", "a.cc", 7}, {"moved", "a.cc", 9}});
  const BuildSites after = build({{"draw", "a.cc", 4}, {"draw", "b.cc", 1}, {"moved", "c.cc", 2}, {"new", "a.cc", 3}});
  std::vector<std::pair<int, int>> found;
  for (const SitePair& pair : matched_sites(before, after)) {
    found.emplace_back(pair.before ? static_cast<int>(*pair.before) : -1,
                       pair.after ? static_cast<int>(*pair.after) : -1);
  }
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::pair<int, int>>{{-1, 3}, {0, 0}, {1, 1}, {2, -1}, {3, 2}}));
}

}  // namespace
}  // namespace heapreel::tools
