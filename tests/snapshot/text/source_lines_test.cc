#include <gtest/gtest.h>
#include <heapreel/source_lines.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heapreel::testing {
namespace {

class SourceLinesTest : public ::testing::Test {
 protected:
  void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("source_lines_" + std::to_string(::getpid()) + ".cc")).string();
};

TEST_F(SourceLinesTest, EndsALineAtAnyOfTheThreeLineEnds) {
  write("one\ntwo\r\nthree\rfour");
  EXPECT_EQ(read_source_line(path_, 1), "one");
  EXPECT_EQ(read_source_line(path_, 2), "two");
  EXPECT_EQ(read_source_line(path_, 3), "three");
  EXPECT_EQ(read_source_line(path_, 4), "four");
  EXPECT_EQ(read_source_line(path_, 5), "");
}

TEST_F(SourceLinesTest, LeavesTheByteOrderMarkOut) {
  write("\xef\xbb\xbfint x;");
  EXPECT_EQ(read_source_line(path_, 1), "int x;");
}

TEST(SourceLines, FindsNothingInWhatIsNoSourceFile) {
  EXPECT_EQ(read_source_line("", 1), "");
  EXPECT_EQ(read_source_line("<unknown>", 1), "");
  EXPECT_EQ(read_source_line("/", 1), "");
  EXPECT_EQ(read_source_line("/dev/zero", 1), "");
  EXPECT_EQ(read_source_line("/nowhere/at/all.cc", 1), "");
  EXPECT_EQ(read_source_line(__FILE__, 0), "");
}

}  // namespace
}  // namespace heapreel::testing
