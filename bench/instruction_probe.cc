// One measured region at a time, for valgrind's callgrind to count: instruction_probe WHAT [LIVE].
// instruction_budgets.py runs it and holds the counts against the budgets. The engine knows of mimalloc what the hooks
// tell it.
#include <mimalloc.h>

#include <memory>

#include "bench/callgrind_region.h"
#include "bench/game_load.h"
#include "bench/named_work.h"
#include "bench/traced_pairs.h"
#include "hooks/backend/mimalloc_layout.h"

namespace heapreel::bench {
namespace {

constexpr int kPairs = 1000;  // fewer events than a segment holds
constexpr int kSnapshots = 100;

void plain_pairs() {
  for (int i = 0; i < kPairs; ++i) mi_free(mi_malloc(64));
}

void hooked_pairs() {
  for (int i = 0; i < kPairs; ++i) {
    void* p = mi_malloc(64);
    if (engine::tracing()) engine::record_alloc(0, p, 64, kNoStack);
    if (engine::tracing()) engine::record_free(0, p);
    mi_free(p);
  }
}

void snapshots(uint64_t live) {
  TracerSetup tracer(false);
  GameLoad load(live, 200);
  // Held, so that no request comes back; made in place, so that only the call is measured.
  std::allocator<engine::SnapshotHandle> memory;
  engine::SnapshotHandle* held = memory.allocate(kSnapshots);
  for (int i = 0; i < kSnapshots; ++i) {
    load.game_frame(500);
    count([&] { new (held + i) engine::SnapshotHandle(engine::take_snapshot()); });
    TracerSetup::round();
  }
  std::destroy_n(held, kSnapshots);
  memory.deallocate(held, kSnapshots);
}

void rounds(uint64_t live) {
  TracerSetup tracer(false);
  GameLoad load(live, 200);
  for (int round = 0; round < 20; ++round) {
    load.game_frame(5000);
    count([] { TracerSetup::round(); });
  }
}

void recorded_pairs() {
  TracerSetup tracer(false);
  hooked_pairs();
  TracerSetup::round();
  count(hooked_pairs);
}

void walked_pairs() {
  TracerSetup tracer(false);
  at_depth(kStackDepth, [] {
    for (int i = 0; i < 2; ++i) {
      traced_pairs(kPairs);
      TracerSetup::round();
    }
    count([] { traced_pairs(kPairs); });
  });
}

// After as much of it has warmed up what it needs.
void count_again(void (*work)()) {
  work();
  count(work);
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  using namespace heapreel::bench;
  if (argc < 2) return 2;
  heapreel::hooks::backend::describe_mimalloc();
  return run_named({{"plain", [](uint64_t) { count_again(plain_pairs); }},
                    {"idle", [](uint64_t) { count_again(hooked_pairs); }},
                    {"recorded", [](uint64_t) { recorded_pairs(); }},
                    {"walked", [](uint64_t) { walked_pairs(); }},
                    {"snapshot", snapshots},
                    {"round", rounds}},
                   argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000);
}
