// Reels of version 1 that were written once and must be read the same for ever: tests/vectors/golden*.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "snapshot/reel/format/reel_section.h"
#include "tests/snapshot/reel_description.h"

namespace heapreel::testing {
namespace {

const std::string kVectors = GOLDEN_VECTORS;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void expect_text(const std::string& text, const std::string& name) {
  if (text == contents(kVectors + "/" + name)) return;
  const std::string now = ::testing::TempDir() + name;
  std::ofstream(now, std::ios::binary) << text;
  ADD_FAILURE() << "it reads differently now; compare " << kVectors << "/" << name << " with " << now;
}

class GoldenReelTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, GoldenReelTest,
                         ::testing::Values("golden", "golden_all", "golden_budgets", "golden_groups",
                                           "golden_cross_thread", "golden_domains", "golden_marks", "golden_run"));

TEST_P(GoldenReelTest, ReadsAsItAlwaysDid) {
  expect_text(describe(Reel::open(kVectors + "/" + GetParam() + ".reel")), GetParam() + ".txt");
}

TEST(GoldenStillTest, ReadsAsItAlwaysDid) {
  const Snapshot still = Snapshot::load(kVectors + "/golden.still");
  std::string text;
  for (const Statistic& statistic : still.statistics(KeyType::traceback)) text += statistic.to_string() + "\n";
  for (const Trace& trace : still.traces()) {
    for (const uint64_t number :
         {uint64_t{trace.domain}, trace.size, trace.address, uint64_t{trace.thread}, uint64_t{trace.born_game_frame}}) {
      text += std::to_string(number) + " ";
    }
    text += "'" + trace.tag + "' " + trace.traceback.repr() + "\n";
  }
  expect_text(text, "golden.still.txt");
}

class ReelVersionTest : public ::testing::Test {
 protected:
  // The golden reel with another version, and a section of a kind that is not known in front of the end.
  std::string path_of_version(uint16_t major, uint16_t minor, bool with_new_section) {
    const std::string golden = contents(kVectors + "/golden.reel");
    Bytes reel(golden.begin(), golden.end());
    size_t end = reel_format::kPreambleBytes;
    for (;;) {
      const SectionHeader header = read_section_header({reel.data() + end, reel_format::kSectionHeaderBytes});
      if (header.kind == reel_format::SectionKind::kEnd) break;
      end += reel_format::kSectionHeaderBytes + header.stored_bytes;
    }
    reel.resize(end);
    reel[8] = static_cast<uint8_t>(major);
    reel[10] = static_cast<uint8_t>(minor);
    for (int i = 0; i < 4; ++i) reel[12 + i] = static_cast<uint8_t>(preamble_checksum(major, minor) >> (8 * i));
    if (with_new_section) {
      ByteWriter news;
      news.text("news");
      append_section(reel, 0, static_cast<reel_format::SectionKind>(200), 0, 0, news);
    }
    const std::string path = ::testing::TempDir() + "version.reel";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(reel.data()), static_cast<ptrdiff_t>(reel.size()));
    return path;
  }
};

// tests/vectors/golden_newer.reel was made so.
TEST_F(ReelVersionTest, ANewerMinorVersionIsReadWithoutWhatIsNewAndSaysSo) {
  const Reel reel = Reel::open(path_of_version(1, 7, true));
  EXPECT_EQ(reel.info().unknown_sections, 1u);
  EXPECT_EQ(reel.game_frames().size(), Reel::open(kVectors + "/golden.reel").game_frames().size());
}

TEST_F(ReelVersionTest, AnUnknownSectionInAReelOfThisVersionIsDamage) {
  const Reel reel = Reel::open(path_of_version(1, 0, true));
  EXPECT_EQ(reel.info().unknown_sections, 0u);
  EXPECT_TRUE(reel.info().recovered);
}

TEST_F(ReelVersionTest, AnotherMajorVersionIsRefused) {
  EXPECT_THROW(Reel::open(path_of_version(2, 0, false)), ReelError);
}

}  // namespace
}  // namespace heapreel::testing
