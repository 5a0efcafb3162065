// A tracer for one test: started with options of the test's own, gone with its arena at the end.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "engine/consolidate/tracer_state.h"
#include "engine/tracer/tracer.h"

namespace heapreel::engine::testing {

class TracerTest : public ::testing::Test {
 protected:
  void TearDown() override { shut_down_for_test(); }

  void start_tracer(TracerOptions options = {}) {
    options.frame_every_ms = 0;
    options.on_breach = OnBreach::kNone;  // its thread would read the names of a tracer that is gone
    ASSERT_TRUE(start(options));
    ASSERT_TRUE(start_consolidator());
  }

  // A tracer whose rounds the test drives, so that it is known which events one brings together.
  void start_without_consolidator(const TracerOptions& options = {.frame_every_ms = 0}) {
    ASSERT_TRUE(start(options));
    round();
  }
  static void round() { ASSERT_TRUE(tracer_state()->consolidator->run_round()); }

  static const void* address(uintptr_t p) { return reinterpret_cast<const void*>(p); }

  // A stack of the given program counters, most recent first, that reaches its bottom.
  static GivenStack stack(const std::vector<uintptr_t>& pcs) {
    return {.pcs = pcs.data(), .depth = static_cast<uint32_t>(pcs.size()), .reached_bottom = true};
  }
  static void alloc(uintptr_t p, size_t n, const std::vector<uintptr_t>& pcs = {1, 2, 3}, DomainIndex domain = 0) {
    record_alloc(domain, address(p), n, stack(pcs));
  }
  static void free(uintptr_t p, DomainIndex domain = 0) { record_free(domain, address(p)); }
  static void move(uintptr_t from, uintptr_t to, size_t n, const std::vector<uintptr_t>& pcs = {1, 2, 3}) {
    record_move(0, address(from), address(to), n, stack(pcs));
  }

  // Address -> size of the live blocks of a snapshot.
  static std::map<uintptr_t, size_t> live_blocks(const SnapshotHandle& snapshot) {
    std::map<uintptr_t, size_t> blocks;
    const FrozenTraces* traces = snapshot.get();
    EXPECT_NE(traces, nullptr);
    if (traces != nullptr) {
      traces->for_each_block([&](BlockId, const Record& record) { blocks[record.address] = record.size; });
    }
    return blocks;
  }
};

}  // namespace heapreel::engine::testing
