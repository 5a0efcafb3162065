// Scopes belong to threads, whether or not anything is traced.
#include <csignal>

#include "engine/consolidate/consolidator.h"
#include "tests/engine/interrupted_hook.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class ScopeTest : public TracerTest {
 protected:
  // Address -> name of the scope it was born in.
  static std::map<uintptr_t, std::string> scopes() {
    std::map<uintptr_t, std::string> found;
    const SnapshotHandle snapshot = take_snapshot();
    snapshot.get()->for_each_block([&](BlockId, const Record& record) {
      const uint32_t scope = snapshot.get()->sites->at(record.site).scope;
      found[record.address] = scope < tracer_state()->scopes->count() ? tracer_state()->scopes->at(scope)->text : "?";
    });
    return found;
  }
  using Scopes = std::map<uintptr_t, std::string>;
};

TEST_F(ScopeTest, ScopeThatWasEnteredWhileTracingWasOffIsKnownAfterStart) {
  start_tracer();
  const uint32_t physics = register_scope("Physics");
  stop();
  EXPECT_EQ(set_scope(physics), 0u);
  start_tracer();
  alloc(0x1000, 1);
  EXPECT_EQ(set_scope(0), physics);
  alloc(0x2000, 1);
  EXPECT_EQ(scopes(), (Scopes{{0x1000, "Physics"}, {0x2000, ""}}));
}

TEST_F(ScopeTest, ScopeThatWasLeftWhileTracingWasOffIsLeft) {
  start_tracer();
  set_scope(register_scope("Physics"));
  alloc(0x1000, 1);
  stop();
  set_scope(0);
  start_tracer();
  alloc(0x2000, 1);
  EXPECT_EQ(scopes(), (Scopes{{0x2000, ""}}));
}

TEST_F(ScopeTest, ScopeFromBeforeTheFirstStartIsKnownAfterIt) {
  const uint32_t game = register_scope("Game");
  const uint32_t audio = register_scope("Audio");
  EXPECT_EQ(register_scope("Game"), game);
  EXPECT_NE(audio, game);
  set_scope(game);
  WorkerThread other;
  other.run([audio] { set_scope(audio); });
  start_tracer();
  alloc(0x1000, 1);
  other.run([] { alloc(0x2000, 1); });
  EXPECT_EQ(scopes(), (Scopes{{0x1000, "Game"}, {0x2000, "Audio"}}));
  EXPECT_EQ(register_scope("Audio"), audio);
}

TEST_F(ScopeTest, EachThreadHasItsOwn) {
  start_tracer();
  const uint32_t physics = register_scope("Physics");
  WorkerThread other;
  other.run([physics] { set_scope(physics); });
  alloc(0x1000, 1);
  other.run([] { alloc(0x2000, 1); });
  EXPECT_EQ(scopes(), (Scopes{{0x1000, ""}, {0x2000, "Physics"}}));
}

TEST_F(ScopeTest, HookInsideAHookIsInTheScopeOfItsThreadNow) {
  start_tracer();
  const uint32_t first = register_scope("First");
  const uint32_t second = register_scope("Second");
  const auto nested_alloc = [](uintptr_t p) {
    const InterruptedHook hook;
    alloc(p, 1);
  };
  alloc(0x1000, 1);
  set_scope(first);
  nested_alloc(0x2000);
  set_scope(second);
  nested_alloc(0x3000);
  EXPECT_EQ(scopes(), (Scopes{{0x1000, ""}, {0x2000, "First"}, {0x3000, "Second"}}));
}

TEST_F(ScopeTest, ScopeThatIsNoneChangesNothingAndIsCounted) {
  start_tracer();
  const uint32_t physics = register_scope("Physics");
  set_scope(physics);
  EXPECT_EQ(set_scope(1234), physics);
  EXPECT_EQ(current_scope(), physics);
  alloc(0x1000, 1);
  EXPECT_EQ(scopes(), (Scopes{{0x1000, "Physics"}}));
  const SnapshotHandle snapshot = take_snapshot();
  EXPECT_EQ(snapshot.get()->unrecorded, 1u);
  EXPECT_FALSE(snapshot.get()->complete());
}

TEST_F(ScopeTest, ScopeThatIsNoneFromBeforeStartIsNoScopeAndCounted) {
  set_scope(1234);
  start_tracer();
  alloc(0x1000, 1);
  EXPECT_EQ(scopes(), (Scopes{{0x1000, ""}}));
  EXPECT_FALSE(take_snapshot().get()->complete());
}

}  // namespace
}  // namespace heapreel::engine::testing
