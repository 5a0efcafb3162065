// What threads and size classes allocated and freed, in reels: over many sections, over damage, and where it is
// missing.
#include "snapshot/reel/read/recorded_group_sums.h"

#include <stdexcept>

#include "snapshot/reel/format/number_column.h"
#include "snapshot/reel/read/reel.h"
#include "snapshot/reel/write/change_writer.h"
#include "snapshot/reel/write/reel_appender.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using reel_format::SectionKind;

class ReelGroupSumsTest : public ReelTest {
 protected:
  void record_game_frames(uintptr_t count) {
    start_without_thread();
    record({}, 1'000);
    for (uintptr_t frame = 0; frame < count; ++frame) {
      for (uintptr_t i = 0; i < 5; ++i) alloc(0x1000 + i * 64, frame * i);
      for (uintptr_t i = frame % 5; i < 5; ++i) free(0x1000 + i * 64);
      for (uintptr_t i = 0; i < frame % 5; ++i) free(0x1000 + i * 64);
      alloc(0x10000 + frame * 64, 64);
      end_game_frame();
    }
  }
  static std::string why_not(const Reel& reel, uint32_t game_frame) {
    try {
      reel.at(game_frame)->for_each_group_history(KeyType::thread, [](const GroupHistory&) {});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(ReelGroupSumsTest, EveryStillOfManySectionsHasThemWhateverIsAskedFirst) {
  record_game_frames(200);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  for (uint32_t frame = 200; frame-- > 0;) {
    ASSERT_TRUE(StateFacts::of(*reel.at(frame)) == spy_.states[frame]) << "game frame " << frame;
  }
  EXPECT_FALSE(StateFacts::of(*reel.at(200)).groups->empty()) << "the end";
}

TEST_F(ReelGroupSumsTest, WhatIsToldFromStillToStillAddsUp) {
  record_game_frames(200);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  for (const size_t row : {size_t{0}, size_t{63}, size_t{64}, size_t{150}, size_t{199}}) {
    const size_t position = reel.source()->contents().position_of_row(row);
    std::vector<engine::GroupSums> sums = reel.group_sums().at(position);
    GroupSumsWalk walk = reel.group_sums().walk();
    for (size_t still = 0; still <= position; ++still) {
      ASSERT_TRUE(walk.next(still));
      walk.for_each_change([&](engine::GroupId group, const engine::GroupSums& before, const engine::GroupSums& after) {
        ASSERT_LT(group, sums.size());
        engine::GroupSums& left = sums[group];
        left.allocs -= after.allocs - before.allocs;
        left.alloc_bytes -= after.alloc_bytes - before.alloc_bytes;
        left.frees -= after.frees - before.frees;
        left.freed_bytes -= after.freed_bytes - before.freed_bytes;
        left.reallocs -= after.reallocs - before.reallocs;
      });
    }
    for (const engine::GroupSums& left : sums) EXPECT_EQ(left, engine::GroupSums{}) << "row " << row;
  }
}

TEST_F(ReelGroupSumsTest, WhereTheRecordingBrokeOffTheyAreMissingAndThatIsSaid) {
  record_game_frames(100);
  recorder_.reset();  // writes what is queued, but no end
  const Reel reel = Reel::open(path());
  EXPECT_TRUE(reel.info().recovered);
  EXPECT_EQ(why_not(reel, 63), "");
  EXPECT_NE(why_not(reel, 64).find("up to game frame 64: the recording broke off"), std::string::npos);
  EXPECT_TRUE(StateFacts::of(*reel.at(63)) == spy_.states[63]);
  EXPECT_TRUE(StateFacts::of(*reel.at(99)).is_shown_of(spy_.states[99]));
}

// A reel of one game frame in which one block of 24 bytes came and went, with these sums by group.
class HostileGroupSumsTest : public ReelTest {
 protected:
  struct Line {
    uint64_t group;
    uint64_t allocs;
    uint64_t bytes;
  };
  // The section as it should be, but for what the lines say.
  static ByteWriter section(uint64_t stills, const std::vector<Line>& lines) {
    ByteWriter out;
    out.varint(stills);
    out.varint(lines.size());
    std::vector<uint64_t> gaps;
    uint64_t next = 0;
    for (const Line& line : lines) {
      gaps.push_back(line.group - next);
      next = line.group + 1;
    }
    write_column(out, gaps);
    for (const Line& line : lines) {
      for (const uint64_t number : {line.allocs, zigzag(line.bytes), uint64_t{0}, uint64_t{0}, uint64_t{0}}) {
        write_column(out, std::vector<uint64_t>(stills, number));
      }
    }
    return out;
  }
  void write(const ByteWriter& groups, uint32_t still = 0) {
    ReelAppender file(0);
    ASSERT_EQ(file.open(path(), true, {}), "");
    ByteWriter out;
    out.u8(0);
    const engine::Totals totals = {.allocs = 1, .frees = 1, .alloc_bytes = 24, .game_frames = 1};
    write_sums(out, {.generation = 1, .game_frames = 1, .time_ns = 5, .traceback_limit = 3, .totals = totals}, {});
    file.add(SectionKind::kStills, 0, 0, out);
    ChangeWriter changes;
    changes.start(0, [](uint32_t) { return engine::SiteAggregate{}; });
    file.add(SectionKind::kState, reel_format::kKeyStill, 0, changes.part({}));
    file.add(SectionKind::kGroupSums, 0, still, groups);
    ASSERT_EQ(file.flush(), "");
    ASSERT_EQ(file.finish({}), "");
  }
  std::string error() {
    try {
      const Reel reel = Reel::open(path());
      reel.at(0)->for_each_group_history(KeyType::thread, [](const GroupHistory&) {});
      return reel.info().recovered ? "recovered" : "";
    } catch (const std::exception& error) {
      return error.what();
    }
  }
  void expect_error(const std::string& what) {
    EXPECT_EQ(error(), path() + ": what threads and size classes did up to game frame 0 cannot be shown: " + what);
  }
};

TEST_F(HostileGroupSumsTest, WhatAddsUpIsTakenAndWhatDoesNotIsRefused) {
  constexpr uint64_t kThread = engine::kSizeClasses;
  write(section(1, {{6, 1, 24}, {kThread, 1, 24}}));
  EXPECT_EQ(error(), "");
  for (const std::vector<Line>& lines :
       {std::vector<Line>{{6, 1, 24}, {kThread, 1, 25}}, {{6, 1, 24}}, {{6, 2, 24}, {kThread, 2, 24}}, {}}) {
    write(section(1, lines));
    expect_error("its threads do not add up to its sums");
  }
}

TEST_F(HostileGroupSumsTest, GroupsThereAreNoneOfAreRefused) {
  write(section(1, {{6, 1, 24}, {engine::kMostGroups, 1, 24}}));
  expect_error("there is no such thread or size class");
  write(section(1, {{6, 1, 24}, {uint64_t{1} << 33, 1, 24}}));
  expect_error("there is no such thread or size class");
}

TEST_F(HostileGroupSumsTest, OtherStillsThanThoseBeforeItAreRefused) {
  for (const uint64_t stills : {0, 2}) {
    write(section(stills, {{6, 1, 24}, {engine::kSizeClasses, 1, 24}}));
    expect_error("the sums by group do not belong to the stills before them");
  }
  write(section(1, {}), 1);
  EXPECT_NE(error(), "") << "of a still that is not there";
}

TEST_F(HostileGroupSumsTest, ASectionThatEndsEarlyOrLateIsRefused) {
  const ByteWriter whole = section(1, {{6, 1, 24}, {engine::kSizeClasses, 1, 24}});
  for (size_t size = 0; size < whole.bytes().size(); ++size) {
    ByteWriter part;
    part.raw(std::span(whole.bytes()).first(size));
    write(part);
    EXPECT_NE(error(), "") << size;
  }
  ByteWriter longer = whole;
  longer.u8(0);
  write(longer);
  expect_error("a section is longer than its contents");
}

}  // namespace
}  // namespace heapreel::testing
