#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "heapreel/heapreel_c.h"
#include "tests/hooks/fake_log.h"
#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {
namespace {

using Events = std::vector<Event>;

char pool[256];

TEST(CApi, ReportsAllocationsAndFreesInTheirDomain) {
  const heapreel_domain_id domain = heapreel_register_domain("Pool", 16);
  Recording recording;
  heapreel_alloc(domain, pool, 48);
  heapreel_free(domain, pool);
  heapreel_free(domain, nullptr);
  heapreel_arena_reset(domain, pool, sizeof pool);
  heapreel_domain_reset(domain);
  heapreel_domain_destroy(domain);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{alloc(pool, 48, domain),
                                        free(pool, domain),
                                        {Kind::kArenaReset, domain, pool, nullptr, sizeof pool},
                                        {Kind::kDomainReset, domain},
                                        {Kind::kDomainReset, domain}}));
}

TEST(CApi, ReportsThatABlockIsAHeap) {
  Recording recording;
  EXPECT_EQ(heapreel_heap(3, 0, pool), HEAPREEL_OK);
  EXPECT_EQ(heapreel_heap(3, 3, pool), HEAPREEL_BAD_ARGUMENT);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{{Kind::kHeap, 3, pool, nullptr, 0}, {Kind::kHeap, 3, pool, nullptr, 3}}));
  EXPECT_EQ(heapreel_heap(3, 3, pool), HEAPREEL_OK) << "nothing is traced";
}

TEST(CApi, ReportsARealloc) {
  Recording recording;
  heapreel_realloc_ticket ticket = heapreel_realloc_begin(3, pool);
  heapreel_realloc_end(3, ticket, pool, pool + 64, 50);
  ticket = heapreel_realloc_begin(3, pool + 64);
  heapreel_realloc_end(3, ticket, pool + 64, nullptr, 5000);
  recording.stop();
  EXPECT_EQ(recording.events(), (Events{realloc_begin(pool, 3), realloc_end(pool, pool + 64, 50, 3),
                                        realloc_begin(pool + 64, 3), realloc_end(pool + 64, nullptr, 5000, 3)}));
}

TEST(CApi, TakesAReallocOfNullAsAnAllocation) {
  Recording recording;
  const heapreel_realloc_ticket ticket = heapreel_realloc_begin(3, nullptr);
  heapreel_realloc_end(3, ticket, nullptr, pool, 50);
  heapreel_realloc_end(3, heapreel_realloc_begin(3, nullptr), nullptr, nullptr, 50);
  recording.stop();
  EXPECT_EQ(recording.events(), Events{alloc(pool, 50, 3)});
}

TEST(CApi, ReportsNothingWhenTracingIsOff) {
  Recording recording;
  recording.stop();
  heapreel_alloc(3, pool, 48);
  heapreel_realloc_end(3, heapreel_realloc_begin(3, pool), pool, pool, 50);
  heapreel_free(3, pool);
  heapreel_arena_reset(3, pool, sizeof pool);
  heapreel_domain_reset(3);
  EXPECT_EQ(recording.events(), Events{});
}

TEST(CApiStart, UsesTheDefaultsForNullAndForZeroes) {
  ASSERT_EQ(heapreel_start(nullptr), HEAPREEL_OK);
  EXPECT_EQ(heapreel_is_tracing(), 1);
  heapreel_stop();
  EXPECT_EQ(heapreel_is_tracing(), 0);
  EXPECT_EQ(last_start_options().traceback_limit, engine::TracerOptions{}.traceback_limit);
  EXPECT_EQ(last_start_options().frame_every_ms, engine::TracerOptions{}.frame_every_ms);
}

TEST(CApiStart, TakesWhatTheCallersVersionOfTheStructHas) {
  heapreel_start_options options = {};
  options.size = offsetof(heapreel_start_options, ring_budget);
  options.traceback_limit = 25;
  options.frame_every_ms = 8;
  options.ring_budget = 123;  // beyond the size: not there
  ASSERT_EQ(heapreel_start(&options), HEAPREEL_OK);
  heapreel_stop();
  EXPECT_EQ(last_start_options().traceback_limit, 25);
  EXPECT_EQ(last_start_options().frame_every_ms, 8u);
  EXPECT_EQ(last_start_options().ring_budget, engine::TracerOptions{}.ring_budget);
}

TEST(CApiStart, RefusesALimitOutsideItsRangeEvenWhileTracing) {
  heapreel_start_options options = {};
  options.size = sizeof options;
  for (const int limit : {-1, 1025}) {
    options.traceback_limit = limit;
    EXPECT_EQ(heapreel_start(&options), HEAPREEL_BAD_ARGUMENT);
  }
  EXPECT_EQ(heapreel_is_tracing(), 0);
  options.traceback_limit = 5;
  options.size = 4;
  EXPECT_EQ(heapreel_start(&options), HEAPREEL_BAD_ARGUMENT);
}

TEST(CApiStart, SaysWhatHappensWhenABudgetIsBroken) {
  heapreel_start_options options = {};
  options.size = sizeof options;
  ASSERT_EQ(heapreel_start(&options), HEAPREEL_OK);
  heapreel_stop();
  EXPECT_EQ(last_start_options().on_breach, engine::OnBreach::kLog);
  int context = 0;
  options.on_breach = HEAPREEL_BREACH_CALLBACK;
  options.breach_callback = [](const heapreel_breach*, void*) {};
  options.breach_context = &context;
  ASSERT_EQ(heapreel_start(&options), HEAPREEL_OK);
  heapreel_stop();
  EXPECT_EQ(last_start_options().on_breach, engine::OnBreach::kCallback);
  EXPECT_EQ(fake_log.breach_callback.call, options.breach_callback);
  EXPECT_EQ(fake_log.breach_callback.context, &context);
  options.on_breach = HEAPREEL_BREACH_ABORT + 1;
  EXPECT_EQ(heapreel_start(&options), HEAPREEL_BAD_ARGUMENT);
}

TEST(CApiStart, StartsTheConsolidatorAsWell) {
  const int before = consolidator_starts();
  ASSERT_EQ(heapreel_start(nullptr), HEAPREEL_OK);
  heapreel_stop();
  EXPECT_EQ(consolidator_starts(), before + 1);
}

TEST(CApi, LeavesReportsToADomainThatIsNoneToTheEngineToCount) {
  for (const heapreel_domain_id none : {heapreel_domain_id{4096}, HEAPREEL_NO_NAME}) {
    Recording recording;
    heapreel_alloc(none, pool, 48);
    heapreel_free(none, pool);
    recording.stop();
    EXPECT_EQ(recording.events(), (Events{alloc(pool, 48, none), free(pool, none)}));
  }
}

TEST(CApiTags, NestPerThread) {
  const heapreel_tag_id outer = heapreel_register_tag("A");
  const heapreel_tag_id inner = heapreel_register_tag("B");
  const heapreel_tag_id none = heapreel_tag_push(outer);
  const heapreel_tag_id before = heapreel_tag_push(inner);
  EXPECT_EQ(heapreel_current_tag(), inner);
  EXPECT_EQ(before, outer);
  heapreel_tag_pop(before);
  EXPECT_EQ(heapreel_current_tag(), outer);
  heapreel_tag_pop(none);
  EXPECT_EQ(heapreel_current_tag(), 0u);
}

TEST(CApiTags, StayAsTheyAreWhenTheNewOneIsNone) {
  const heapreel_tag_id none = heapreel_tag_push(heapreel_register_tag("A"));
  const heapreel_tag_id before = heapreel_tag_push(HEAPREEL_NO_NAME);
  EXPECT_EQ(heapreel_current_tag(), heapreel_register_tag("A"));
  heapreel_tag_pop(before);
  EXPECT_EQ(heapreel_current_tag(), heapreel_register_tag("A"));
  heapreel_tag_pop(none);
}

TEST(CApiTracedMemory, FillsInWhatTheCallersVersionOfTheStructHas) {
  heapreel_traced_memory memory = {};
  memory.size = sizeof memory;
  EXPECT_EQ(heapreel_get_traced_memory(&memory), HEAPREEL_OK);
  EXPECT_EQ(memory.current, 11u);
  EXPECT_EQ(memory.peak, 22u);
  EXPECT_EQ(memory.peak_bound, 33u);

  heapreel_traced_memory older = {};
  older.size = offsetof(heapreel_traced_memory, peak);
  EXPECT_EQ(heapreel_get_traced_memory_estimate(&older), HEAPREEL_OK);
  EXPECT_EQ(older.size, offsetof(heapreel_traced_memory, peak));
  EXPECT_EQ(older.current, 1u);
  EXPECT_EQ(older.peak, 0u);
}

TEST(CApiTracedMemory, RefusesNullAndAStructWithoutMembers) {
  heapreel_traced_memory none = {};
  none.size = sizeof none.size;
  EXPECT_EQ(heapreel_get_traced_memory(nullptr), HEAPREEL_BAD_ARGUMENT);
  EXPECT_EQ(heapreel_get_traced_memory(&none), HEAPREEL_BAD_ARGUMENT);
  EXPECT_EQ(none.current, 0u);
}

TEST(CApi, PassesOnWhatTakesNoArguments) {
  const int clearings = fake_log.clearings;
  const int peak_resets = fake_log.peak_resets;
  heapreel_clear_traces();
  heapreel_reset_peak();
  EXPECT_EQ(fake_log.clearings, clearings + 1);
  EXPECT_EQ(fake_log.peak_resets, peak_resets + 1);
  EXPECT_EQ(heapreel_get_tracer_memory(), 4096u);
}

}  // namespace
}  // namespace heapreel::testing
