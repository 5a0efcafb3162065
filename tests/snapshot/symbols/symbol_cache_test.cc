#include "snapshot/symbols/symbol_cache.h"

#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

namespace fs = std::filesystem;

const SourceFrames kFrames = {{"inner", "/src/a.h", 3, true, "", 0}, {"outer", "/src/a.cc", 9, false, "", 0}};

class SymbolCacheTest : public testing::Test {
 protected:
  SymbolCache open(uint8_t build = 1, const std::string& identity = "files") {
    return SymbolCache(directory_.string(), limit_, to_hex({0xab, build}), identity);
  }
  void save_one(uint8_t build) {
    SymbolCache cache = open(build);
    cache.add(0x1000, kFrames);
    ASSERT_EQ(cache.save(), "");
  }
  fs::path file(uint8_t build) { return directory_ / (to_hex({0xab, build}) + ".symbols"); }

  TemporaryDirectory directory_;
  uint64_t limit_ = 1 << 20;
};

TEST_F(SymbolCacheTest, SavedFramesAreFoundByTheNextRun) {
  save_one(1);
  EXPECT_EQ(open().find(0x1000), kFrames);
  EXPECT_EQ(open().find(0x1001), std::nullopt);
}

TEST_F(SymbolCacheTest, LaterFramesAreAddedToEarlierOnes) {
  save_one(1);
  SymbolCache cache = open();
  cache.add(0x2000, {});
  ASSERT_EQ(cache.save(), "");
  EXPECT_EQ(open().find(0x1000), kFrames);
  EXPECT_EQ(open().find(0x2000), SourceFrames{});
}

TEST_F(SymbolCacheTest, OtherBuildsAndOtherSymbolFilesShareNothing) {
  save_one(1);
  EXPECT_EQ(open(2).find(0x1000), std::nullopt);
  EXPECT_EQ(open(1, "other files").find(0x1000), std::nullopt);
}

TEST_F(SymbolCacheTest, ADamagedFileIsIgnoredAndReplaced) {
  save_one(1);
  write_bytes(file(1), "no cache");
  EXPECT_EQ(open().find(0x1000), std::nullopt);
  save_one(1);
  EXPECT_EQ(open().find(0x1000), kFrames);
}

TEST_F(SymbolCacheTest, WithoutABuildIdNothingIsKept) {
  SymbolCache cache(directory_.string(), limit_, "", "files");
  cache.add(0x1000, kFrames);
  EXPECT_EQ(cache.save(), "");
  EXPECT_TRUE(fs::is_empty(directory_.string()));
}

TEST_F(SymbolCacheTest, OverTheLimitTheFilesUsedLongestAgoGo) {
  save_one(1);
  save_one(2);
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(file(1), now - std::chrono::hours(1));
  fs::last_write_time(file(2), now - std::chrono::hours(2));
  limit_ = fs::file_size(file(1)) * 2;
  save_one(3);
  EXPECT_TRUE(fs::exists(file(1)));
  EXPECT_FALSE(fs::exists(file(2)));
  EXPECT_TRUE(fs::exists(file(3)));
}

TEST_F(SymbolCacheTest, UsingAFileMakesItYoung) {
  save_one(1);
  const auto past = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(file(1), past);
  open();
  EXPECT_GT(fs::last_write_time(file(1)), past);
}

TEST_F(SymbolCacheTest, AModuleLargerThanTheLimitIsNotWrittenAndSaysSo) {
  limit_ = 10;
  SymbolCache cache = open();
  cache.add(0x1000, kFrames);
  EXPECT_NE(cache.save(), "");
  EXPECT_TRUE(fs::is_empty(directory_.string()));
}

TEST_F(SymbolCacheTest, NoTemporaryFilesAreLeft) {
  save_one(1);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_.string()), fs::directory_iterator()), 1);
}

TEST_F(SymbolCacheTest, ADirectoryThatCannotBeMadeIsReported) {
  write_bytes(directory_ / "occupied", "a file");
  SymbolCache cache(directory_ / "occupied", limit_, "ab01", "files");
  cache.add(0x1000, kFrames);
  EXPECT_EQ(cache.save(), "");
  EXPECT_NE(cache.problem(), "");
}

TEST_F(SymbolCacheTest, WhatOtherSymbolFilesToldIsKeptBesideWhatTheseTell) {
  save_one(1);
  SymbolCache cache = open(1, "other files");
  EXPECT_EQ(cache.find_older(0x1000), kFrames);
  cache.add(0x2000, kFrames);
  ASSERT_EQ(cache.save(), "");
  EXPECT_EQ(open(1, "other files").find(0x1000), kFrames);
}

TEST_F(SymbolCacheTest, OnlyItsUserMayReadAFile) {
  save_one(1);
  EXPECT_EQ(fs::status(file(1)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SymbolCacheTest, AFolderThatOthersMayWriteToIsNotUsed) {
  save_one(1);
  fs::permissions(directory_.string(), fs::perms::others_write, fs::perm_options::add);
  SymbolCache cache = open();
  EXPECT_EQ(cache.find(0x1000), std::nullopt);
  EXPECT_NE(cache.problem().find("others may write"), std::string::npos) << cache.problem();
  cache.add(0x2000, kFrames);
  EXPECT_EQ(cache.save(), "");
  fs::permissions(directory_.string(), fs::perms::owner_all);
  EXPECT_EQ(open().find(0x2000), std::nullopt);
}

TEST_F(SymbolCacheTest, ALinkInTheFolderIsNeitherReadNorWrittenThrough) {
  save_one(1);
  fs::rename(file(1), directory_ / "target");
  fs::create_symlink(directory_ / "target", file(1));
  const std::string before = read_bytes(directory_ / "target");
  EXPECT_EQ(open().find(0x1000), std::nullopt);
  SymbolCache cache = open();
  cache.add(0x3000, kFrames);
  ASSERT_EQ(cache.save(), "");
  EXPECT_EQ(read_bytes(directory_ / "target"), before);
  EXPECT_FALSE(fs::is_symlink(file(1)));
}

}  // namespace
}  // namespace heapreel
