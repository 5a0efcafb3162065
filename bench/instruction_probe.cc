// One measured region at a time, for valgrind's callgrind to count: instruction_probe WHAT [LIVE].
// instruction_budgets.py runs it and holds the counts against the budgets.
#include <mimalloc.h>

#include <cstring>
#include <memory>

#include "bench/callgrind_region.h"
#include "bench/game_load.h"
#include "bench/traced_pairs.h"

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

int run(const char* what, uint64_t live) {
  if (std::strcmp(what, "plain") == 0) {
    plain_pairs();
    count(plain_pairs);
  } else if (std::strcmp(what, "idle") == 0) {
    hooked_pairs();
    count(hooked_pairs);
  } else if (std::strcmp(what, "recorded") == 0) {
    TracerSetup tracer(false);
    hooked_pairs();
    TracerSetup::round();
    count(hooked_pairs);
  } else if (std::strcmp(what, "walked") == 0) {
    TracerSetup tracer(false);
    at_depth(kStackDepth, [] {
      for (int i = 0; i < 2; ++i) {
        traced_pairs(kPairs);
        TracerSetup::round();
      }
      count([] { traced_pairs(kPairs); });
    });
  } else if (std::strcmp(what, "snapshot") == 0) {
    snapshots(live);
  } else if (std::strcmp(what, "round") == 0) {
    rounds(live);
  } else {
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return heapreel::bench::run(argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000);
}
