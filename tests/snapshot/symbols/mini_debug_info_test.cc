// MiniDebugInfo, made as rpm's find-debuginfo makes it.
#include "snapshot/symbols/mini_debug_info.h"

#include <random>

#include "snapshot/symbols/elf_symbols.h"
#include "snapshot/symbols/xz_data.h"
#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

using std::string;

// The fixture stripped, its symbols in .gnu_debugdata but for those of the dynamic table.
class MiniDebugInfoTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!run("xz --version")) GTEST_SKIP() << "xz is not installed";
    const string fixture = fixture_path("dwarf5").string();
    const auto shell = [&](const string& command) {
      ASSERT_TRUE(run("(cd " + directory_.string() + " && " + command + ")")) << command;
    };
    shell("objcopy --only-keep-debug " + fixture + " debug");
    shell("nm -D --format=posix --defined-only " + fixture + " | awk '{ print $1 }' | sort > exported");
    shell("nm --format=posix --defined-only debug | awk '$2 ~ /^[TtD]$/ { print $1 }' | sort > functions");
    shell("comm -13 exported functions > kept");
    shell("objcopy -S --remove-section=.comment --keep-symbols=kept debug mini && xz -k mini");
    shell("objcopy --strip-all " + fixture + " stripped");
    shell("objcopy --add-section=.gnu_debugdata=mini.xz stripped game");
    xz_ = read_bytes(directory_ / "mini.xz");
  }

  // The game with this for its compressed symbol table.
  ModuleImage game_with(const string& section) {
    write_bytes(directory_ / "section", section);
    EXPECT_TRUE(run("objcopy --update-section=.gnu_debugdata=" + (directory_ / "section").string() + " " +
                    (directory_ / "game").string() + " " + (directory_ / "changed").string()));
    return fixture_module(directory_ / "changed");
  }

  static Symbolizer symbolizer() {
    SymbolizerOptions options;
    options.debug_directories.clear();
    return Symbolizer(options);
  }

  TemporaryDirectory directory_;
  std::map<string, uint64_t> addresses_ = fixture_addresses("dwarf5");
  string xz_;
};

TEST_F(MiniDebugInfoTest, NamesTheFunctionsOfAStrippedModule) {
  Symbolizer symbols = symbolizer();
  const ModuleImage game = fixture_module(directory_ / "game");
  const auto resolved = symbols.resolve(game, std::vector{addresses_["inlined"], addresses_["local"]});
  EXPECT_EQ(describe(resolved[0]), std::vector{"shapes::walk(shapes::Circle const&) " + game.path + ":0"});
  EXPECT_EQ(describe(resolved[1]), std::vector{"shapes::in_local_class()::Local::method() " + game.path + ":0"});
  EXPECT_EQ(symbols.warnings(), std::vector<string>{});
}

TEST_F(MiniDebugInfoTest, TheDynamicTableNamesWhatItLeavesOut) {
  std::string error;
  const auto mini = open_mini_debug_info(*ElfFile::open(directory_ / "game", error), error);
  ASSERT_NE(mini, nullptr) << error;
  EXPECT_EQ(ElfSymbols(*mini).find(addresses_["plain"] - kFixtureBias), nullptr);
  Symbolizer symbols = symbolizer();
  const ModuleImage game = fixture_module(directory_ / "game");
  EXPECT_EQ(describe(symbols.resolve(game, std::vector{addresses_["plain"]})[0]),
            std::vector{"plain_c " + game.path + ":0"});
}

TEST_F(MiniDebugInfoTest, IsNotReadWhereThereIsAWholeTable) {
  const string whole = directory_ / "whole";
  write_bytes(directory_ / "section", "no xz");
  ASSERT_TRUE(run("objcopy --add-section=.gnu_debugdata=" + (directory_ / "section").string() + " " +
                  fixture_path("dwarf5").string() + " " + whole));
  Symbolizer symbols = symbolizer();
  EXPECT_EQ(symbols.resolve(fixture_module(whole), std::vector{addresses_["inlined"]})[0].size(), 3u);
  EXPECT_EQ(symbols.warnings(), std::vector<string>{});
}

TEST_F(MiniDebugInfoTest, WhatCannotBeReadIsSaidAndCostsNamesOnly) {
  const string middle = xz_.substr(0, xz_.size() / 2);
  for (const string& section : {string("no xz"), middle, middle + string(xz_.size() - middle.size(), 'x')}) {
    Symbolizer symbols = symbolizer();
    const ModuleImage game = game_with(section);
    EXPECT_EQ(symbols.resolve(game, std::vector{addresses_["inlined"]})[0][0].function, "");
    ASSERT_EQ(symbols.warnings().size(), 1u);
    EXPECT_NE(symbols.warnings()[0].find(".gnu_debugdata) cannot be read: it "), string::npos) << symbols.warnings()[0];
  }
}

TEST_F(MiniDebugInfoTest, DamagedSymbolTablesNeverCrash) {
  const string mini = read_bytes(directory_ / "mini");
  std::mt19937 random(5);
  for (int i = 0; i < 40; i++) {
    string damaged = i % 4 == 0 ? mini.substr(0, random() % mini.size()) : mini;
    for (int flips = 1 << random() % 8; flips > 0 && !damaged.empty(); flips--) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    }
    write_bytes(directory_ / "damaged", damaged);
    ASSERT_TRUE(run("xz -kf -0 " + (directory_ / "damaged").string()));
    Symbolizer symbols = symbolizer();
    EXPECT_EQ(
        symbols.resolve(game_with(read_bytes(directory_ / "damaged.xz")), std::vector{addresses_["inlined"]}).size(),
        1u);
  }
}

class XzDataTest : public testing::Test {
 protected:
  string compress(const string& bytes) {
    write_bytes(directory_ / "raw", bytes);
    if (!run("xz -kf " + (directory_ / "raw").string())) return "";
    return read_bytes(directory_ / "raw.xz");
  }
  static std::span<const uint8_t> as_bytes(const string& text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  }
  static constexpr size_t kPlenty = 64 << 20;

  TemporaryDirectory directory_;
  string error_;
};

TEST_F(XzDataTest, ComesOutAsItWas) {
  for (const size_t size : {size_t{1}, size_t{1} << 16, (size_t{1} << 16) + 1, size_t{1'000'000}}) {
    string raw(size, 'a');
    for (size_t i = 0; i < size; i += 7) raw[i] = static_cast<char>(i * i);
    const string packed = compress(raw);
    if (packed.empty()) GTEST_SKIP() << "xz is not installed";
    const auto unpacked = decompress_xz(as_bytes(packed), kPlenty, error_);
    EXPECT_EQ(string(unpacked.begin(), unpacked.end()), raw) << size;
    EXPECT_EQ(error_, "");
  }
}

TEST_F(XzDataTest, UnpacksNoMoreThanItMay) {
  const string packed = compress(string(20'000'000, '\0'));
  if (packed.empty()) GTEST_SKIP() << "xz is not installed";
  ASSERT_LT(packed.size(), 10'000u) << "a bomb";
  EXPECT_EQ(decompress_xz(as_bytes(packed), 20'000'000, error_).size(), 20'000'000u) << error_;
  EXPECT_TRUE(decompress_xz(as_bytes(packed), 19'999'999, error_).empty());
  EXPECT_EQ(error_, "it holds more than 19999999 bytes");
}

TEST_F(XzDataTest, TheMemoryOfTheDecoderCountsToo) {
  const string packed = compress(string(1'000, 'a'));
  if (packed.empty()) GTEST_SKIP() << "xz is not installed";
  EXPECT_TRUE(decompress_xz(as_bytes(packed), 1 << 20, error_).empty()) << "the dictionary alone has 8 MiB";
  EXPECT_EQ(error_, "unpacking it takes too much memory");
}

TEST_F(XzDataTest, DamageIsToldFromTheEndOfTheData) {
  EXPECT_TRUE(decompress_xz({}, kPlenty, error_).empty());
  EXPECT_EQ(error_, "it ends early");
  const string packed = compress("something to say");
  if (packed.empty()) GTEST_SKIP() << "xz is not installed";
  for (size_t length = 1; length < packed.size(); length++) {
    EXPECT_TRUE(decompress_xz(as_bytes(packed.substr(0, length)), kPlenty, error_).empty()) << length;
    EXPECT_FALSE(error_.empty()) << length;
  }
}

}  // namespace
}  // namespace heapreel
