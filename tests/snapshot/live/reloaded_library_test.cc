// A library is unloaded and another is loaded at its place: neither gets the other's stacks or names, in live
// snapshots or in a reel, whichever of the two is there when they are read.
#include <dlfcn.h>
#include <heapreel/heapreel.h>
#include <link.h>

#include "engine/record/recorder.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

struct Library {
  const char* path;
  const char* function;
};
constexpr Library kFirst = {RELOADED_LIBRARY_FIRST, "step_of_first"};
constexpr Library kSecond = {RELOADED_LIBRARY_SECOND, "step_of_second"};

[[gnu::noinline]] void record_as_a_hook(void* p) {
  engine::record_alloc(0, p, 10, HEAPREEL_WALK_START());
}

// Allocates `p` from a function of the library, which is gone again on return. Where it was loaded.
[[gnu::noinline]] uintptr_t allocate_in(const Library& library, uintptr_t p) {
  void* const handle = dlopen(library.path, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    ADD_FAILURE() << dlerror();
    return 0;
  }
  link_map* map = nullptr;
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  const uintptr_t base = map->l_addr;
  using Step = int (*)(void (*)(void*), void*);
  const auto step = reinterpret_cast<Step>(dlsym(handle, library.function));
  step(record_as_a_hook, reinterpret_cast<void*>(p));
  engine::module_may_have_unloaded();
  dlclose(handle);
  engine::module_may_have_unloaded();
  return base;
}

// Whose function stands on the stacks of the blocks at each address.
std::map<uintptr_t, std::string> steps(const Snapshot& snapshot) {
  std::map<uintptr_t, std::string> found;
  for (const Trace& trace : snapshot.traces()) {
    std::string& names = found[trace.address];
    for (const Frame& frame : trace.traceback) {
      if (frame.function().starts_with("step_of_")) names += frame.function();
    }
  }
  return found;
}

class ReloadedLibraryTest : public ReelTest {
 protected:
  // The i-th block was allocated by the i-th library.
  using Steps = std::map<uintptr_t, std::string>;

  // False when the loader chose another place.
  bool allocate_in_turn(uintptr_t first_p) {
    const uintptr_t base = allocate_in(kFirst, first_p);
    return allocate_in(kSecond, first_p + 16) == base && allocate_in(kFirst, first_p + 32) == base;
  }
  static Steps expected(uintptr_t first_p) {
    return {{first_p, "step_of_first"}, {first_p + 16, "step_of_second"}, {first_p + 32, "step_of_first"}};
  }
};

TEST_F(ReloadedLibraryTest, LiveSnapshotNamesEachStackByTheLibraryThatWasThere) {
  heapreel::start();
  if (!allocate_in_turn(0x1000)) GTEST_SKIP() << "the loader chose another place";
  EXPECT_EQ(steps(heapreel::take_snapshot()), expected(0x1000));
}

TEST_F(ReloadedLibraryTest, SnapshotIsReadRightlyWhenAnotherLibraryHasTakenThePlace) {
  heapreel::start();
  const uintptr_t base = allocate_in(kFirst, 0x1000);
  const Snapshot before = heapreel::take_snapshot();
  if (allocate_in(kSecond, 0x1010) != base) GTEST_SKIP() << "the loader chose another place";
  heapreel::take_snapshot();
  EXPECT_EQ(steps(before), (Steps{{0x1000, "step_of_first"}}));
}

TEST_F(ReloadedLibraryTest, EqualStacksOfTheTwoAreTwoAndOfOneAreOne) {
  heapreel::start();
  // Every second turn is the second library's, all from the one call here.
  const volatile int turns = 10;
  uintptr_t base = 0;
  for (int turn = 0; turn < turns; ++turn) {
    const Library* const libraries[] = {&kFirst, &kSecond};
    const uintptr_t place = allocate_in(*libraries[turn % 2], 0x1000 + static_cast<uintptr_t>(turn) * 16);
    if (turn != 0 && place != base) GTEST_SKIP() << "the loader chose another place";
    base = place;
    if (turn == 3) heapreel::clear_traces();
  }
  const engine::SnapshotHandle snapshot = engine::take_snapshot();
  std::map<engine::TracebackId, std::set<uintptr_t>> by_traceback;
  snapshot.get()->for_each_block([&](engine::BlockId, const engine::Record& record) {
    by_traceback[snapshot.get()->sites->at(record.site).traceback].insert(record.address / 16 % 2);
  });
  EXPECT_EQ(by_traceback.size(), 2u);
  for (const auto& [traceback, libraries] : by_traceback) EXPECT_EQ(libraries.size(), 1u);
  EXPECT_EQ(steps(heapreel::take_snapshot()), (Steps{{0x1040, "step_of_first"},
                                                     {0x1050, "step_of_second"},
                                                     {0x1060, "step_of_first"},
                                                     {0x1070, "step_of_second"},
                                                     {0x1080, "step_of_first"},
                                                     {0x1090, "step_of_second"}}));
}

TEST_F(ReloadedLibraryTest, ReelNamesEachStackByTheLibraryThatWasThere) {
  start_without_thread();
  record({}, 100);
  bool same_place = allocate_in_turn(0x1000);
  end_game_frame();
  same_place = allocate_in_turn(0x2000) && same_place;
  end_game_frame();
  if (!same_place) GTEST_SKIP() << "the loader chose another place";
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_EQ(steps(reel.snapshot_at(0)), expected(0x1000));
  Steps both = expected(0x1000);
  both.merge(expected(0x2000));
  EXPECT_EQ(steps(reel.snapshot_at(1)), both);
}

}  // namespace
}  // namespace heapreel::testing
