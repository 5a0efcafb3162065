#define HEAPREEL_ENABLE
#include "heapreel/engine.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;

HEAPREEL_DOMAIN(pool_domain, "Pool");
HEAPREEL_DOMAIN(other_domain, "Other");
char macro_pool[256];

TEST(EngineMacros, ReportToTheDomainTheyName) {
  const heapreel_domain_id domain = heapreel_register_domain("Pool", 16);
  Recording recording;
  HEAPREEL_ALLOC(pool_domain, macro_pool, 32);
  HEAPREEL_REALLOC_BEGIN(ticket, pool_domain, macro_pool);
  HEAPREEL_REALLOC_END(ticket, pool_domain, macro_pool, macro_pool + 64, 40);
  HEAPREEL_FREE(pool_domain, macro_pool + 64);
  HEAPREEL_ARENA_RESET(pool_domain, macro_pool, sizeof macro_pool);
  HEAPREEL_DOMAIN_RESET(pool_domain);
  HEAPREEL_DOMAIN_DESTROY(pool_domain);
  HEAPREEL_HEAP(pool_domain, macro_pool);
  HEAPREEL_HEAP_OF(pool_domain, other_domain, macro_pool);
  recording.stop();
  EXPECT_EQ(recording.events(),
            (Events{alloc(macro_pool, 32, domain),
                    realloc_begin(macro_pool, domain),
                    realloc_end(macro_pool, macro_pool + 64, 40, domain),
                    free(macro_pool + 64, domain),
                    {Kind::kArenaReset, domain, macro_pool, nullptr, sizeof macro_pool},
                    {Kind::kDomainReset, domain},
                    {Kind::kDomainReset, domain},
                    {Kind::kHeap, domain, macro_pool, nullptr, 0},
                    {Kind::kHeap, domain, macro_pool, nullptr, heapreel_register_domain("Other", 16)}}));
}

TEST(EngineMacros, MarkGameFramesAndMoments) {
  const char* const name = "level-loaded";
  Recording recording;
  HEAPREEL_GAME_FRAME();
  HEAPREEL_GAME_FRAME_NUMBER(77);
  HEAPREEL_MARK(name);
  recording.stop();
  EXPECT_EQ(recording.events(),
            (Events{{Kind::kGameFrame}, {Kind::kGameFrame, 0, nullptr, nullptr, 77}, {Kind::kMark, 0, name}}));
}

TEST(EngineTag, LastsUntilTheEndOfItsScope) {
  {
    HEAPREEL_TAG("Physics/Solver");
    const heapreel_tag_id outer = HEAPREEL_TAG_CAPTURE();
    EXPECT_EQ(outer, heapreel_register_tag("Physics/Solver"));
    {
      HEAPREEL_TAG("Audio");
      EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), heapreel_register_tag("Audio"));
    }
    EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), outer);
  }
  EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), 0u);
}

TEST(EngineTag, MayHaveANameThatIsMadeAtRunTime) {
  for (const char* level : {"forest", "cave", "forest"}) {
    const std::string name = std::string("Level/") + level;
    HEAPREEL_TAG_DYNAMIC(name.c_str());
    EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), heapreel_register_tag(name.c_str()));
  }
  EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), 0u);
}

TEST(EngineTag, MayStandTwiceOnALine) {
  // clang-format off
  HEAPREEL_TAG("Outer"); const heapreel_tag_id outer = HEAPREEL_TAG_CAPTURE(); HEAPREEL_TAG("Inner");
  // clang-format on
  EXPECT_EQ(outer, heapreel_register_tag("Outer"));
  EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), heapreel_register_tag("Inner"));
}

TEST(EngineTag, LeavesItsScopeByAnExceptionAsWell) {
  try {
    HEAPREEL_TAG("Loading");
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(HEAPREEL_TAG_CAPTURE(), 0u);
}

TEST(EngineTag, IsCarriedToAnotherThreadByCaptureAndRestore) {
  HEAPREEL_TAG("Physics/Solver");
  heapreel_tag_id restored = 0;
  std::thread([tag = HEAPREEL_TAG_CAPTURE(), &restored] {
    HEAPREEL_TAG_RESTORE(tag);
    restored = HEAPREEL_TAG_CAPTURE();
  }).join();
  EXPECT_EQ(restored, HEAPREEL_TAG_CAPTURE());
}

}  // namespace
}  // namespace heapreel::testing
