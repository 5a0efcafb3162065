#include <heapreel/reconciliation.h>
#include <heapreel/tracing.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

#include "engine/consolidate/tracer_state.h"
#include "snapshot/query/snapshot_data.h"

// Declared as in heapreel_c.h; null in a program without the hooks.
extern "C" [[gnu::weak]] int heapreel_walk_heap(int (*visit)(void* block, size_t bytes, void* context),
                                                void* context) noexcept;

namespace heapreel {

namespace {

template <class Visit>
void walk_heap(Visit visit) {
  const auto call = [](void* block, size_t bytes, void* context) {
    (*static_cast<Visit*>(context))(HeldBlock{reinterpret_cast<uintptr_t>(block), bytes});
    return 1;
  };
  if (heapreel_walk_heap == nullptr || heapreel_walk_heap(call, &visit) == 0) {
    throw std::runtime_error("the allocator's heap cannot be walked: that needs libheapreel over mimalloc");
  }
}

}  // namespace

HeapWalk HeapWalk::of_this_thread() {
  HeapWalk walk;
  walk.thread_ = engine::platform::thread_id();
  // Makes room first, because the heap must not change while it is walked. The list itself is one more block.
  size_t count = 0;
  do {
    count = 0;
    walk_heap([&](const HeldBlock&) { ++count; });
    walk.blocks_.clear();
    walk.blocks_.reserve(count + 1);
    count = 0;
    walk_heap([&](const HeldBlock& block) {
      if (++count <= walk.blocks_.capacity()) walk.blocks_.push_back(block);
    });
  } while (count > walk.blocks_.capacity());
  return walk;
}

// This is no untraced scope, because its blocks would then be in mimalloc's heap and not in our record the next time.
Reconciliation reconcile(const Snapshot& snapshot, std::span<const HeapWalk> walks,
                         std::span<const HeapWalk> untraced) {
  const SnapshotData& data = *SnapshotData::of(snapshot);
  const Traces traces = snapshot.traces();
  struct TracedBlock {
    uint64_t address;
    uint64_t size;
    size_t position;  // in the snapshot's traces
    bool matched;
  };
  std::vector<TracedBlock> blocks;
  for (size_t position = 0; position < data.blocks().size(); ++position) {
    const BlockRow& row = data.blocks()[position];
    if (data.set().site(row.site).domain == 0) blocks.push_back({row.address, row.size, position, false});
  }
  std::ranges::sort(blocks, {}, &TracedBlock::address);
  std::unordered_set<uint64_t> old;
  for (const HeapWalk& walk : untraced) {
    for (const HeldBlock& block : walk.blocks()) old.insert(block.address);
  }

  Reconciliation result;
  const auto keep = [](auto& examples, const auto& example) {
    if (examples.size() < Reconciliation::kMostExamples) examples.push_back(example);
  };
  for (const HeapWalk& walk : walks) {
    for (const HeldBlock& held : walk.blocks()) {
      ++result.held;
      // An aligned block begins inside the one that mimalloc gave it.
      const auto found = std::ranges::lower_bound(blocks, held.address, {}, &TracedBlock::address);
      if (found != blocks.end() && found->address < held.address + held.bytes) {
        ++result.matched;
        found->matched = true;
        if (found->size > held.address + held.bytes - found->address) {
          ++result.wrong_sized;
          keep(result.wrong_sized_traces, traces[static_cast<ptrdiff_t>(found->position)]);
        }
      } else if (old.contains(held.address)) {
        ++result.untraced;
      } else {
        ++result.missing;
        keep(result.missing_blocks, held);
      }
    }
  }
  for (const TracedBlock& block : blocks) {
    if (block.matched) continue;
    const uint64_t thread = data.source().thread_number(data.blocks()[block.position].thread);
    const bool walked = std::ranges::any_of(walks, [&](const HeapWalk& walk) { return walk.thread() == thread; });
    ++(walked ? result.ghosts : result.not_walked);
    if (walked) keep(result.ghost_traces, traces[static_cast<ptrdiff_t>(block.position)]);
  }
  return result;
}

Reconciliation reconcile(std::span<const HeapWalk> untraced) {
  const HeapWalk walk = HeapWalk::of_this_thread();
  const Snapshot snapshot = take_snapshot();  // before it allocates anything
  return reconcile(snapshot, {&walk, 1}, untraced);
}

}  // namespace heapreel
