#include "snapshot/symbols/unfinished_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace heapreel {
namespace {

namespace fs = std::filesystem;

class UnfinishedFileTest : public ::testing::Test {
 protected:
  UnfinishedFileTest() {
    std::string name = fs::temp_directory_path() / "unfinished_file.XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "file";
  }
  ~UnfinishedFileTest() override { fs::remove_all(folder_); }

  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {})); }
  std::string text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void make_old_file() const { std::ofstream(path_) << "old"; }

  fs::path folder_;
  fs::path path_;
};

TEST_F(UnfinishedFileTest, the_old_file_stays_until_the_new_one_takes_its_place) {
  make_old_file();
  UnfinishedFile file(path_);
  ASSERT_TRUE(file.is_open());
  EXPECT_TRUE(write_all(file.fd(), "new", 3));
  EXPECT_EQ(text(), "old");
  EXPECT_TRUE(file.sync());
  EXPECT_TRUE(file.replace());
  EXPECT_EQ(text(), "new");
  EXPECT_EQ(files(), 1u);
}

TEST_F(UnfinishedFileTest, only_its_owner_can_read_it) {
  const mode_t before = ::umask(0);
  UnfinishedFile file(path_);
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(file.name().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(UnfinishedFileTest, what_is_not_put_in_place_is_removed) {
  { const UnfinishedFile file(path_); }
  EXPECT_EQ(files(), 0u);
}

TEST_F(UnfinishedFileTest, two_at_once_do_not_meet) {
  UnfinishedFile first(path_);
  UnfinishedFile second(path_);
  EXPECT_NE(first.name(), second.name());
  EXPECT_TRUE(second.is_open());
}

TEST_F(UnfinishedFileTest, put_in_place_replaces_nothing) {
  UnfinishedFile first(path_);
  EXPECT_TRUE(first.put_in_place());
  EXPECT_EQ(files(), 1u);
  {
    UnfinishedFile second(path_);
    EXPECT_FALSE(second.put_in_place());
    EXPECT_EQ(errno, EEXIST);
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(UnfinishedFileTest, a_link_is_replaced_and_not_followed) {
  const fs::path target = folder_ / "target";
  std::ofstream(target) << "target";
  fs::create_symlink(target, path_);
  UnfinishedFile file(path_);
  EXPECT_TRUE(file.replace());
  EXPECT_FALSE(fs::is_symlink(path_));
  EXPECT_EQ(fs::file_size(target), 6u);
}

TEST_F(UnfinishedFileTest, a_missing_folder_is_an_error_with_a_reason) {
  UnfinishedFile file(folder_ / "missing" / "file");
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace heapreel
