// What a recording keeps of each game frame until its end: little, and in the form of the file's index.
#include "snapshot/reel/write/section_index.h"

#include <gtest/gtest.h>

#include <vector>

namespace heapreel {
namespace {

using reel_format::SectionKind;

class SectionIndexTest : public ::testing::Test {
 protected:
  void add(SectionKind kind, uint32_t still, uint64_t bytes) {
    SectionHeader header;
    header.kind = kind;
    header.still = still;
    index_.add(header, offset_);
    offset_ += bytes;
  }
  void add_game_frame(uint32_t number) {
    add(SectionKind::kStills, 0, 90);
    add(SectionKind::kState, number, 300 + number % 7);
    index_.end_group();
  }

  SectionIndex index_;
  uint64_t offset_ = 48;
};

// Two lists of section headers with their offsets took 72 bytes for each game frame, and as much again whenever they grew.
TEST_F(SectionIndexTest, AGameFrameTakesAtMostFifteenBytes) {
  constexpr uint32_t kGameFrames = 100'000;
  for (uint32_t frame = 0; frame < kGameFrames; ++frame) add_game_frame(frame);
  EXPECT_EQ(index_.count(), 2 * kGameFrames);
  EXPECT_LE(index_.bytes(), 15 * kGameFrames);
}

TEST_F(SectionIndexTest, ItsContentsAreThoseOfTheFilesIndex) {
  add_game_frame(0);
  add_game_frame(1);
  ByteWriter expected;
  expected.varint(4);
  uint64_t before = 0;
  const uint64_t offsets[] = {48, 138, 438, 528};
  for (uint32_t section = 0; section < 4; ++section) {
    expected.u8(static_cast<uint8_t>(section % 2 == 0 ? SectionKind::kStills : SectionKind::kState));
    expected.u8(0);
    expected.varint(section % 2 == 0 ? 0 : section / 2);
    expected.varint(offsets[section] - before);
    before = offsets[section];
  }
  EXPECT_EQ(index_.contents().bytes(), expected.bytes());
}

TEST_F(SectionIndexTest, AGroupThatDoesNotReachTheFileLeavesNothing) {
  add_game_frame(0);
  const Bytes before = index_.contents().bytes();
  const uint64_t end = offset_;
  add(SectionKind::kStills, 0, 90);
  index_.drop_open_group();
  EXPECT_EQ(index_.contents().bytes(), before);
  offset_ = end;
  add_game_frame(1);
  EXPECT_EQ(index_.count(), 4u);
  EXPECT_EQ(index_.take_back_group(), end);
  EXPECT_EQ(index_.contents().bytes(), before);
}

// An empty group, and one whose count of sections takes two bytes, are among them.
TEST_F(SectionIndexTest, GroupsAreTakenBackOneByOneDownToTheFirst) {
  std::vector<Bytes> contents;
  std::vector<uint64_t> offsets;
  for (const uint32_t sections : {1u, 2u, 300u, 0u, 2u, 128u}) {
    const uint64_t began = offset_;
    const Bytes before = index_.contents().bytes();
    for (uint32_t section = 0; section < sections; ++section) add(SectionKind::kState, section, 100);
    index_.end_group();
    if (sections == 0) continue;
    contents.push_back(before);
    offsets.push_back(began);
  }
  for (size_t group = contents.size(); group-- > 1;) {
    EXPECT_EQ(index_.take_back_group(), offsets[group]);
    EXPECT_EQ(index_.contents().bytes(), contents[group]);
  }
  EXPECT_EQ(index_.take_back_group(), std::nullopt);
  EXPECT_EQ(index_.count(), 1u);
  EXPECT_EQ(index_.bytes(), index_.contents().bytes().size());  // a byte for the count of sections, and for the group's
}

}  // namespace
}  // namespace heapreel
