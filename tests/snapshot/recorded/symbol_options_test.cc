// set_symbol_options(), by what live snapshots of a library show that was stripped before it was loaded.
#include <dlfcn.h>
#include <heapreel/heapreel.h>

#include <filesystem>

#include "engine/record/recorder.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/snapshot/symbol_fixture.h"

namespace heapreel::testing {
namespace {

namespace fs = std::filesystem;

[[gnu::noinline]] void record_as_a_hook(void* p) {
  engine::record_alloc(0, p, 10, HEAPREEL_WALK_START());
}

class SymbolOptionsTest : public engine::testing::TracerTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(run("objcopy --strip-all " + kLibrary + " " + stripped_));
    const BuildId id = fixture_module(kLibrary).build_id;
    const fs::path debug = directory_ / ("debug/.build-id/" + to_hex(id).substr(0, 2));
    fs::create_directories(debug);
    ASSERT_TRUE(
        run("objcopy --only-keep-debug " + kLibrary + " " + (debug / to_hex(id).substr(2)).string() + ".debug"));
    library_ = dlopen(stripped_.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
    heapreel::start();
  }
  void TearDown() override {
    set_symbol_options({});
    TracerTest::TearDown();
    if (library_ != nullptr) dlclose(library_);
  }

  void allocate_in_the_library(uintptr_t p) {
    using Step = int (*)(void (*)(void*), void*);
    const auto step = reinterpret_cast<Step>(dlsym(library_, "step_of_library"));
    ASSERT_NE(step, nullptr);
    step(record_as_a_hook, reinterpret_cast<void*>(p));
  }

  // Where the library's frame of the first trace is said to be.
  std::string place_in_library(const Snapshot& snapshot) {
    for (const Frame& frame : snapshot.traces()[0].traceback) {
      if (frame.module() == stripped_) return frame.filename() + (frame.lineno() != 0 ? " with a line" : "");
    }
    return "no frame";
  }

  const std::string kLibrary = SYMBOL_OPTIONS_LIBRARY;
  TemporaryDirectory directory_;
  const std::string stripped_ = directory_ / "libstripped.so";
  void* library_ = nullptr;
};

TEST_F(SymbolOptionsTest, DebugPathsHoldForSnapshotsThatAreLookedAtLater) {
  allocate_in_the_library(0x1000);
  const Snapshot before = take_snapshot(), after = take_snapshot();
  EXPECT_EQ(place_in_library(before), stripped_);

  set_symbol_options(
      {.debug_paths = {directory_ / "debug"}, .path_map = {}, .use_debuginfod = false, .cache_directory = {}});
  EXPECT_TRUE(place_in_library(after).ends_with("reloaded_library.cc with a line")) << place_in_library(after);
  EXPECT_EQ(place_in_library(before), stripped_) << "names that were looked at stay";
  EXPECT_EQ(place_in_library(before.filter_traces({})), stripped_);
  EXPECT_EQ(get_symbol_options().debug_paths.size(), 1u);
}

TEST_F(SymbolOptionsTest, SnapshotsUnderDifferentOptionsCompare) {
  allocate_in_the_library(0x1000);
  const Snapshot before = take_snapshot();
  EXPECT_EQ(before.statistics(KeyType::filename).size(), 1u);
  SymbolOptions options;
  options.debug_paths = {directory_ / "debug"};
  set_symbol_options(options);
  allocate_in_the_library(0x2000);
  const auto differences = take_snapshot().compare_to(before, KeyType::domain);
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].size_diff, 10);
  EXPECT_EQ(take_snapshot().compare_to(before, KeyType::filename).size(), 2u) << "the file had no name before";
}

TEST_F(SymbolOptionsTest, ThePathMapRenamesFolders) {
  SymbolOptions options;
  options.debug_paths = {directory_ / "debug"};
  options.path_map = {{SOURCE_ROOT "/tests", "/elsewhere"}};
  set_symbol_options(options);
  allocate_in_the_library(0x1000);
  EXPECT_EQ(place_in_library(take_snapshot()), "/elsewhere/engine/reloaded_library.cc with a line");
}

TEST_F(SymbolOptionsTest, ResolvedNamesAreKeptOnlyWhereTheOptionsSay) {
  SymbolOptions options;
  options.debug_paths = {directory_ / "debug"};
  set_symbol_options(options);
  allocate_in_the_library(0x1000);
  place_in_library(take_snapshot());
  EXPECT_FALSE(fs::exists(directory_ / "cache"));

  options.cache_directory = directory_ / "cache";
  set_symbol_options(options);
  place_in_library(take_snapshot());
  EXPECT_FALSE(fs::is_empty(directory_ / "cache"));
}

TEST_F(SymbolOptionsTest, WhatCannotBeMeantIsRefusedAndChangesNothing) {
  SymbolOptions good;
  good.debug_paths = {directory_.string()};
  set_symbol_options(good);
  SymbolOptions no_folder, no_prefix, relative;
  no_folder.debug_paths = {directory_ / "nowhere"};
  no_prefix.path_map = {{"", "/elsewhere"}};
  relative.cache_directory = "cache";
  for (const SymbolOptions& bad : {no_folder, no_prefix, relative}) {
    EXPECT_THROW(set_symbol_options(bad), std::invalid_argument);
    EXPECT_EQ(get_symbol_options(), good);
  }
}

TEST_F(SymbolOptionsTest, ASnapshotSaysWhyNamesAreMissing) {
  allocate_in_the_library(0x1000);
  fs::remove(stripped_);
  const auto warnings = take_snapshot().symbol_warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("libstripped.so: no such file"), std::string::npos) << warnings[0];
  EXPECT_TRUE(Snapshot::from_traces({}, 1).symbol_warnings().empty());
}

}  // namespace
}  // namespace heapreel::testing
