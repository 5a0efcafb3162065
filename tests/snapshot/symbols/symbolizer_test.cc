#include "snapshot/symbols/symbolizer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

using std::string;
using std::vector;

// Options under which nothing outside the test's own directories is found.
SymbolizerOptions isolated(vector<string> debug_directories = {}) {
  SymbolizerOptions options;
  options.debug_directories = std::move(debug_directories);
  return options;
}

SourceFrames resolve_one(Symbolizer& symbolizer, const ModuleImage& module, uint64_t address) {
  return symbolizer.resolve(module, std::vector{address}).at(0);
}

bool ends_with(const string& text, const string& suffix) {
  return text.ends_with(suffix);
}

class SymbolizerFormats : public testing::TestWithParam<const char*> {
 protected:
  ModuleImage module_ = fixture_module(fixture_path(GetParam()));
  std::map<string, uint64_t> addresses_ = fixture_addresses(GetParam());
  Symbolizer symbolizer_{isolated()};
};
INSTANTIATE_TEST_SUITE_P(All, SymbolizerFormats, testing::Values("dwarf4", "dwarf5", "compressed", "split4", "split5"),
                         [](const auto& info) { return string(info.param); });

TEST_P(SymbolizerFormats, InlinedCallsAreExpandedInnermostFirst) {
  const SourceFrames frames = resolve_one(symbolizer_, module_, addresses_["inlined"]);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].function, "shapes::Circle::area(int) const");
  EXPECT_EQ(frames[0].lineno, 12u);
  EXPECT_TRUE(frames[0].inlined);
  EXPECT_EQ(frames[1].function, "char const* shapes::measure<shapes::Circle>(shapes::Circle const&)");
  EXPECT_EQ(frames[1].lineno, 32u);
  EXPECT_TRUE(frames[1].inlined);
  EXPECT_EQ(frames[2].function, "shapes::walk(shapes::Circle const&)");
  EXPECT_EQ(frames[2].lineno, 51u);
  EXPECT_FALSE(frames[2].inlined);
  EXPECT_EQ(symbolizer_.warnings(), vector<string>{});
}

TEST_P(SymbolizerFormats, FileNamesAreAbsoluteAndNormalised) {
  const SourceFrames frames = resolve_one(symbolizer_, module_, addresses_["inlined"]);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].filename, "/build/game/src/shapes.h");
  EXPECT_EQ(frames[1].filename, "/build/game/src/world.cc");
  EXPECT_TRUE(frames[2].filename.starts_with('/')) << frames[2].filename;
  EXPECT_TRUE(ends_with(frames[2].filename, "/generated/world.cc")) << frames[2].filename;
}

TEST_P(SymbolizerFormats, MethodsOfLocalClassesAndPlainCFunctionsAreFound) {
  const auto resolved = symbolizer_.resolve(module_, vector{addresses_["plain"], addresses_["local"]});
  EXPECT_EQ(describe(resolved[0]), vector<string>{"plain_c /build/game/src/plain.c:91"});
  EXPECT_EQ(describe(resolved[1]),
            vector<string>{"shapes::in_local_class()::Local::method() /build/game/src/local.cc:73"});
}

TEST_P(SymbolizerFormats, ResultsFollowTheOrderOfTheAddressesWithRepetitions) {
  const uint64_t plain = addresses_["plain"], local = addresses_["local"];
  const auto resolved = symbolizer_.resolve(module_, vector{local, plain, local, plain, plain});
  ASSERT_EQ(resolved.size(), 5u);
  EXPECT_EQ(resolved[0][0].lineno, 73u);
  EXPECT_EQ(resolved[1][0].lineno, 91u);
  EXPECT_EQ(resolved[2], resolved[0]);
  EXPECT_EQ(resolved[3], resolved[1]);
  EXPECT_EQ(resolved[4], resolved[1]);
}

class SymbolizerTest : public testing::Test {
 protected:
  ModuleImage module_ = fixture_module(fixture_path("dwarf5"));
  std::map<string, uint64_t> addresses_ = fixture_addresses("dwarf5");
  TemporaryDirectory directory_;

  // Moves the debug information of the fixture to `debug_file`, and returns a stripped copy of the fixture.
  ModuleImage strip_into(const std::filesystem::path& debug_file, const string& flags = "--strip-all") {
    const string fixture = fixture_path("dwarf5").string(), stripped = (directory_ / "stripped").string();
    std::filesystem::create_directories(debug_file.parent_path());
    EXPECT_TRUE(run("objcopy --only-keep-debug " + fixture + " " + debug_file.string()));
    EXPECT_TRUE(run("objcopy " + flags + " " + fixture + " " + stripped));
    return fixture_module(stripped);
  }
  std::filesystem::path by_build_id(const BuildId& id) {
    return directory_ / ("debug/.build-id/" + to_hex(id).substr(0, 2) + "/" + to_hex(id).substr(2) + ".debug");
  }
  // Frame 0 of "inlined" when only the module and the offset are known.
  void expect_module_and_offset(const SourceFrames& frames, const ModuleImage& module) {
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0], (SourceFrame{"", module.path, 0, false, module.path, addresses_["inlined"] - module.bias}));
  }
};

TEST_F(SymbolizerTest, OffsetIsTheElfAddressOnlyWhereTheLineIsUnknown) {
  Symbolizer symbolizer(isolated());
  EXPECT_EQ(resolve_one(symbolizer, module_, addresses_["plain"])[0].offset, 0u);
  const SourceFrame outside = resolve_one(symbolizer, module_, module_.bias + 16)[0];  // the ELF header
  EXPECT_EQ(outside, (SourceFrame{"", module_.path, 0, false, module_.path, 16}));
}

TEST_F(SymbolizerTest, AnAddressOutsideTheModuleKeepsModuleAndOffset) {
  Symbolizer symbolizer(isolated());
  ModuleImage module = module_;
  module.end = addresses_["plain"];
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["plain"])[0].function, "");
}

TEST_F(SymbolizerTest, NoAddressesGiveNoResults) {
  EXPECT_TRUE(Symbolizer(isolated()).resolve(module_, {}).empty());
}

TEST_F(SymbolizerTest, WithoutDebugInformationTheSymbolTableNamesTheFunction) {
  Symbolizer symbolizer(isolated());
  const ModuleImage module = fixture_module(fixture_path("symbols"));
  const auto addresses = fixture_addresses("symbols");
  const SourceFrames frames = resolve_one(symbolizer, module, addresses.at("inlined"));
  EXPECT_EQ(describe(frames), vector<string>{"shapes::walk(shapes::Circle const&) " + module.path + ":0"});
  EXPECT_EQ(frames[0].offset, addresses.at("inlined") - module.bias);
}

TEST_F(SymbolizerTest, AStrippedModuleKeepsItsExportedFunctions) {
  const ModuleImage module = strip_into(directory_ / "elsewhere" / "x.debug");
  Symbolizer symbolizer(isolated());
  EXPECT_EQ(describe(resolve_one(symbolizer, module, addresses_["plain"])),
            vector<string>{"plain_c " + module.path + ":0"});
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
}

TEST_F(SymbolizerTest, ASeparateDebugFileIsFoundByBuildId) {
  const ModuleImage module = strip_into(by_build_id(module_.build_id));
  Symbolizer symbolizer(isolated({directory_ / "nowhere", directory_ / "debug"}));
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);
}

TEST_F(SymbolizerTest, ASeparateDebugFileAloneIsEnoughOnAnotherMachine) {
  ModuleImage module = strip_into(by_build_id(module_.build_id));
  module.path = "/opt/another/machine/game";
  Symbolizer symbolizer(isolated({directory_ / "debug"}));
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);
}

TEST_F(SymbolizerTest, ASeparateDebugFileIsFoundByDebugLinkBesideTheModule) {
  for (const string place : {"x.debug", ".debug/x.debug"}) {
    const auto debug_file = directory_ / place;
    const ModuleImage module = strip_into(debug_file, "--strip-all --add-gnu-debuglink=" + debug_file.string());
    Symbolizer symbolizer(isolated());
    EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u) << place;
    std::filesystem::remove(debug_file);
  }
}

TEST_F(SymbolizerTest, WithoutBuildIdADebugLinkIsCheckedByItsChecksum) {
  const auto debug_file = directory_ / "x.debug";
  const string remove_id = " --remove-section=.note.gnu.build-id";
  ModuleImage module = strip_into(debug_file, "--strip-all");
  ASSERT_TRUE(run("objcopy" + remove_id + " " + debug_file.string()));
  ASSERT_TRUE(run("objcopy" + remove_id + " --add-gnu-debuglink=" + debug_file.string() + " " + module.path));
  module.build_id.clear();
  Symbolizer symbolizer(isolated());
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);

  write_bytes(debug_file, read_bytes(debug_file) + "one byte more");
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  ASSERT_EQ(symbolizer.warnings().size(), 2u);  // the first: the module itself cannot be checked
  EXPECT_NE(symbolizer.warnings()[1].find("is not the debug file"), string::npos) << symbolizer.warnings()[1];
}

TEST_F(SymbolizerTest, AModuleDirectoryIsSearchedForTheModule) {
  std::filesystem::create_directories(directory_ / "builds");
  std::filesystem::copy(module_.path, directory_ / "builds/game");
  ModuleImage module = module_;
  module.path = "/opt/another/machine/game";
  SymbolizerOptions options = isolated();
  options.module_directories = {directory_ / "builds"};
  Symbolizer symbolizer(options);
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);
}

TEST_F(SymbolizerTest, AnotherBuildAtTheSamePathGivesNoWrongNamesAndOneWarning) {
  ModuleImage module = module_;
  module.build_id.back() ^= 1;
  Symbolizer symbolizer(isolated());
  for (int again = 0; again < 2; again++) {
    expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  }
  ASSERT_EQ(symbolizer.warnings().size(), 1u);
  EXPECT_NE(symbolizer.warnings()[0].find("another build"), string::npos) << symbolizer.warnings()[0];
}

TEST_F(SymbolizerTest, AMissingModuleGivesModuleAndOffsetAndAWarning) {
  ModuleImage module = module_;
  module.path = directory_ / "gone";
  Symbolizer symbolizer(isolated());
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  EXPECT_EQ(symbolizer.warnings().size(), 1u);
}

TEST_F(SymbolizerTest, AModuleOfTheKernelHasNoFileAndNoWarning) {
  ModuleImage module = module_;
  module.path = "[vdso]";
  Symbolizer symbolizer(isolated());
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  EXPECT_EQ(symbolizer.warnings(), vector<string>{});
}

// Descriptor 0 to 2 of this process are no ELF files, but any number may be one.
TEST_F(SymbolizerTest, WhatHadAPathInItsProcessOnlyIsNotOpenedHere) {
  const int descriptor = open(module_.path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  const string own = "/proc/self/fd/" + std::to_string(descriptor);
  for (const string& path : {own, string("/memfd:jit (deleted)"), (directory_ / "game (deleted)").string()}) {
    ModuleImage module = module_;
    module.path = path;
    module.build_id.clear();
    Symbolizer symbolizer(isolated());
    expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
    ASSERT_EQ(symbolizer.warnings().size(), 1u) << path;
    EXPECT_NE(symbolizer.warnings()[0].find("had no file"), string::npos) << symbolizer.warnings()[0];
  }
  close(descriptor);
}

TEST_F(SymbolizerTest, AModuleWithoutABuildIdIsReadAndSaidToBeUnchecked) {
  ModuleImage module = module_;
  module.build_id.clear();
  Symbolizer symbolizer(isolated());
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);
  ASSERT_EQ(symbolizer.warnings().size(), 1u);
  EXPECT_NE(symbolizer.warnings()[0].find("cannot be checked"), string::npos) << symbolizer.warnings()[0];
}

TEST_F(SymbolizerTest, CoverageCountsWhatHasNoLineAndNoName) {
  ModuleImage stripped = strip_into(directory_ / "elsewhere.debug");
  Symbolizer symbolizer(isolated());
  symbolizer.resolve(module_, vector{addresses_["plain"], addresses_["local"], addresses_["plain"]});
  symbolizer.resolve(stripped, vector{addresses_["plain"], addresses_["inlined"]});
  const ModuleCoverage whole = symbolizer.coverage().modules.at(module_.path);
  EXPECT_EQ(whole.addresses, 2u);
  EXPECT_EQ(whole.without_line, 0u);
  EXPECT_TRUE(whole.has_debug_information);
  const ModuleCoverage bare = symbolizer.coverage().modules.at(stripped.path);
  EXPECT_EQ(bare.addresses, 2u);
  EXPECT_EQ(bare.without_line, 2u);
  EXPECT_EQ(bare.without_name, 1u);
  EXPECT_FALSE(bare.has_debug_information);
}

TEST_F(SymbolizerTest, APipeAtTheModulesPathDoesNotBlock) {
  ModuleImage module = module_;
  module.path = directory_ / "pipe";
  ASSERT_EQ(mkfifo(module.path.c_str(), 0600), 0);
  Symbolizer symbolizer(isolated());
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  EXPECT_EQ(symbolizer.warnings().size(), 1u);
}

TEST_F(SymbolizerTest, AMissingSplitFileLeavesLinesAndSymbolsAndAWarning) {
  // A copy of the fixture whose debug information names a .dwo file that is not there.
  string bytes = read_bytes(fixture_path("split5"));
  size_t renamed = 0;
  for (size_t at = 0; (at = bytes.find(".dwo", at)) != string::npos; at++) {
    if (bytes[at + 4] != '\0' || at == 0 || bytes[at - 1] == '\0') continue;  // a section name
    bytes[at + 1] = 'x';
    renamed++;
  }
  ASSERT_GT(renamed, 0u);
  write_bytes(directory_ / "game", bytes);
  Symbolizer symbolizer(isolated());
  const SourceFrames frames =
      resolve_one(symbolizer, fixture_module(directory_ / "game"), fixture_addresses("split5")["inlined"]);
  EXPECT_EQ(describe(frames), vector<string>{"shapes::walk(shapes::Circle const&) /build/game/src/shapes.h:12"});
  ASSERT_EQ(symbolizer.warnings().size(), 1u);
  EXPECT_NE(symbolizer.warnings()[0].find("split debug information is missing"), string::npos);
}

TEST_F(SymbolizerTest, SectionsCompressedWithZstdAreRead) {
  const string compressed = directory_ / "compressed";
  if (!run("objcopy --compress-debug-sections=zstd " + module_.path + " " + compressed)) {
    GTEST_SKIP() << "this objcopy knows no zstd";
  }
  Symbolizer symbolizer(isolated());
  const SourceFrames frames = resolve_one(symbolizer, fixture_module(compressed), addresses_["inlined"]);
  EXPECT_EQ(describe(frames), describe(resolve_one(symbolizer, module_, addresses_["inlined"])));
  EXPECT_EQ(symbolizer.warnings(), vector<string>{});
}

TEST_F(SymbolizerTest, ADamagedZstdSectionLeavesSymbolsAndAWarning) {
  const string compressed = directory_ / "compressed";
  if (!run("objcopy --compress-debug-sections=zstd " + module_.path + " " + compressed)) {
    GTEST_SKIP() << "this objcopy knows no zstd";
  }
  string bytes = read_bytes(compressed);
  const string magic = "\x28\xb5\x2f\xfd";
  size_t frames_damaged = 0;
  for (size_t at = 0; (at = bytes.find(magic, at)) != string::npos; at += magic.size()) {
    bytes[at] = 0;
    frames_damaged++;
  }
  ASSERT_GT(frames_damaged, 0u);
  write_bytes(compressed, bytes);
  Symbolizer symbolizer(isolated());
  const SourceFrames frames = resolve_one(symbolizer, fixture_module(compressed), addresses_["plain"]);
  EXPECT_EQ(frames[0].function, "plain_c");
  ASSERT_FALSE(symbolizer.warnings().empty());
  EXPECT_NE(symbolizer.warnings()[0].find("cannot be decompressed"), string::npos) << symbolizer.warnings()[0];
}

// Debian's debug packages are made so.
TEST_F(SymbolizerTest, WhatDwzMovedIntoASharedFileIsFound) {
  const string game = directory_ / "game", twin = directory_ / "twin", shared = directory_ / "shared.debug";
  std::filesystem::copy(fixture_path("dwarf4"), game);
  std::filesystem::copy(fixture_path("dwarf4"), twin);
  if (!run("dwz --version")) GTEST_SKIP() << "dwz is not installed";
  ASSERT_TRUE(run("dwz -m " + shared + " -M shared.debug " + game + " " + twin));
  const uint64_t inlined = fixture_addresses("dwarf4").at("inlined");
  Symbolizer plain(isolated());
  const auto expected = describe(resolve_one(plain, fixture_module(fixture_path("dwarf4")), inlined));

  Symbolizer beside(isolated());
  EXPECT_EQ(describe(resolve_one(beside, fixture_module(game), inlined)), expected);
  EXPECT_EQ(beside.warnings(), vector<string>{});

  std::filesystem::create_directories(directory_ / "debug/.dwz");
  std::filesystem::rename(shared, directory_ / "debug/.dwz/shared.debug");
  Symbolizer in_a_root(isolated({directory_ / "debug"}));
  EXPECT_EQ(describe(resolve_one(in_a_root, fixture_module(game), inlined)), expected);

  Symbolizer missing(isolated());
  resolve_one(missing, fixture_module(game), inlined);
  ASSERT_FALSE(missing.warnings().empty());
  EXPECT_NE(missing.warnings()[0].find("is missing: shared.debug"), string::npos) << missing.warnings()[0];
}

// The split units of a fixture in one file beside a copy of it, and no .dwo file to be found.
class SymbolizerPackages : public SymbolizerTest,
                           public testing::WithParamInterface<std::pair<const char*, const char*>> {
 protected:
  string package(const string& split, const string& tool) {
    const string game = directory_ / "game";
    string units;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixture_path(split).string() + ".p")) {
      if (entry.path().extension() == ".dwo") units += " " + entry.path().string();
    }
    EXPECT_TRUE(run(tool + units + " -o " + game + ".dwp"));
    string bytes = read_bytes(fixture_path(split));
    for (size_t at = 0; (at = bytes.find(".dwo", at)) != string::npos; at++) {
      if (bytes[at + 4] == '\0' && at > 0 && bytes[at - 1] != '\0') bytes[at + 1] = 'x';
    }
    write_bytes(game, bytes);
    return game;
  }
};
INSTANTIATE_TEST_SUITE_P(All, SymbolizerPackages,
                         testing::Values(std::pair{"split4", "dwp"}, std::pair{"split4", "llvm-dwp-14"},
                                         std::pair{"split5", "llvm-dwp-14"}),
                         [](const auto& info) {
                           return string(info.param.first) + (info.index == 0 ? "_dwp" : "_llvm");
                         });

TEST_P(SymbolizerPackages, SplitUnitsAreReadOutOfAPackage) {
  const auto& [split, tool] = GetParam();
  if (!run(string(tool) + " --version")) GTEST_SKIP() << tool << " is not installed";
  const ModuleImage module = fixture_module(package(split, tool));
  const ModuleImage original = fixture_module(fixture_path(split));
  Symbolizer packaged(isolated()), loose(isolated());
  size_t compared = 0, in_several_ranges = 0;
  for (const auto& [name, address] : fixture_addresses(split)) {
    for (uint64_t near = 0; near < 64; near += 2) {
      const SourceFrames expected = resolve_one(loose, original, address + near);
      if (expected[0].lineno == 0) continue;  // behind the fixture's own code
      EXPECT_EQ(describe(resolve_one(packaged, module, address + near)), describe(expected)) << name << near;
      compared++;
      if (name == "main" && expected.size() > 1) in_several_ranges++;
    }
  }
  EXPECT_GT(compared, 20u);
  EXPECT_GT(in_several_ranges, 0u);  // print() in main: one call in several pieces
  EXPECT_EQ(resolve_one(packaged, module, fixture_addresses(split).at("inlined")).size(), 3u);
  EXPECT_EQ(packaged.warnings(), vector<string>{});
}

TEST_P(SymbolizerPackages, ADamagedPackageNeverCrashes) {
  const auto& [split, tool] = GetParam();
  if (!run(string(tool) + " --version")) GTEST_SKIP() << tool << " is not installed";
  const string game = package(split, tool);
  const string bytes = read_bytes(game + ".dwp");
  const ModuleImage module = fixture_module(game);
  const uint64_t inlined = fixture_addresses(split).at("inlined");
  std::mt19937 random(4);
  for (int i = 0; i < 300; i++) {
    string damaged = i % 3 == 0 ? bytes.substr(0, random() % bytes.size()) : bytes;
    for (int flips = 1 << random() % 10; flips > 0 && !damaged.empty(); flips--) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    }
    write_bytes(game + ".dwp", damaged);
    Symbolizer symbolizer(isolated());
    EXPECT_FALSE(resolve_one(symbolizer, module, inlined).empty());
  }
}

TEST_F(SymbolizerTest, PathPrefixesAreReplaced) {
  SymbolizerOptions options = isolated();
  options.path_prefix_map = {{"/build", "/short"}, {"/build/game/", "/home/me/game"}};
  Symbolizer symbolizer(options);
  EXPECT_EQ(resolve_one(symbolizer, module_, addresses_["plain"])[0].filename, "/home/me/game/src/plain.c");
}

TEST_F(SymbolizerTest, ProgressEndsAtTheTotal) {
  SymbolizerOptions options = isolated();
  vector<std::pair<size_t, size_t>> steps;
  options.progress = [&](size_t done, size_t total) { steps.emplace_back(done, total); };
  Symbolizer(options).resolve(module_, vector{addresses_["plain"], addresses_["local"]});
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.back(), (std::pair<size_t, size_t>{2, 2}));
}

TEST_F(SymbolizerTest, ASecondRunTakesItsFramesFromTheCache) {
  SymbolizerOptions options = isolated();
  options.cache_directory = directory_ / "cache";
  const auto all = vector{addresses_["plain"], addresses_["local"], addresses_["inlined"]};
  const auto first = Symbolizer(options).resolve(module_, all);
  options.progress = [](size_t, size_t) { FAIL() << "debug information was read again"; };
  EXPECT_EQ(Symbolizer(options).resolve(module_, all), first);
}

TEST_F(SymbolizerTest, ACacheOfOtherSymbolFilesIsNotUsed) {
  SymbolizerOptions options = isolated({directory_ / "debug"});
  options.cache_directory = directory_ / "cache";
  const ModuleImage module = strip_into(directory_ / "later.debug");
  Symbolizer symbolizer(options);
  expect_module_and_offset(resolve_one(symbolizer, module, addresses_["inlined"]), module);
  std::filesystem::create_directories(by_build_id(module.build_id).parent_path());
  std::filesystem::rename(directory_ / "later.debug", by_build_id(module.build_id));
  EXPECT_EQ(resolve_one(symbolizer, module, addresses_["inlined"]).size(), 3u);
}

}  // namespace
}  // namespace heapreel
