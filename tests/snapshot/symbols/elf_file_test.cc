#include "snapshot/symbols/elf_file.h"

#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

TEST(ElfFile, TellsWhatTheFileHas) {
  std::string error;
  const auto with_dwarf = ElfFile::open(fixture_path("dwarf5"), error);
  ASSERT_NE(with_dwarf, nullptr) << error;
  EXPECT_TRUE(with_dwarf->has_dwarf());
  EXPECT_TRUE(with_dwarf->has_symbol_table());
  EXPECT_EQ(with_dwarf->build_id().size(), 20u);
  EXPECT_FALSE(with_dwarf->code().empty());
  EXPECT_EQ(with_dwarf->debug_link(), std::nullopt);
  const auto symbols_only = ElfFile::open(fixture_path("symbols"), error);
  ASSERT_NE(symbols_only, nullptr) << error;
  EXPECT_FALSE(symbols_only->has_dwarf());
}

TEST(ElfFile, ADebugLinkIsRead) {
  TemporaryDirectory directory;
  const std::string linked = (directory / "linked").string(), debug = (directory / "name.debug").string();
  ASSERT_TRUE(run("objcopy --only-keep-debug " + fixture_path("dwarf5").string() + " " + debug));
  ASSERT_TRUE(run("objcopy -S --add-gnu-debuglink=" + debug + " " + fixture_path("dwarf5").string() + " " + linked));
  std::string error;
  const auto file = ElfFile::open(linked, error);
  ASSERT_NE(file, nullptr) << error;
  ASSERT_NE(file->debug_link(), std::nullopt);
  EXPECT_EQ(file->debug_link()->name, "name.debug");
}

TEST(ElfFile, WhatIsNoElfFileIsRefusedWithAReason) {
  TemporaryDirectory directory;
  write_bytes(directory / "text", "no ELF file");
  write_bytes(directory / "empty", "");
  for (const std::string path : {directory / "text", directory / "empty", directory / "missing"}) {
    std::string error;
    EXPECT_EQ(ElfFile::open(path, error), nullptr) << path;
    EXPECT_NE(error, "") << path;
  }
  std::string error;
  EXPECT_EQ(ElfFile::open(directory.string(), error), nullptr);
  EXPECT_EQ(error, "is a folder, not a regular file");
}

TEST(ElfFile, BuildIdsPrintAsHexadecimal) {
  EXPECT_EQ(to_hex({0x00, 0xab, 0x5f}), "00ab5f");
  EXPECT_EQ(to_hex({}), "");
}

}  // namespace
}  // namespace heapreel
