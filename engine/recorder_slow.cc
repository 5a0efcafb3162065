#include "engine/recorder_slow.h"

#include <cstring>

#include "engine/consolidator.h"
#include "engine/recorder_entry.h"
#include "engine/store/intern_hash.h"
#include "engine/tracer_state.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine {

constinit TracingSwitch g_tracing = {};  // constinit: hooks run before any constructor of this library
constinit TracerState* g_state = nullptr;
thread_local constinit Recorder* t_recorder = nullptr;
thread_local constinit uint32_t t_scope = 0;

bool wipe_switch_on_fork() {
  return platform::wipe_on_fork(&g_tracing, sizeof(g_tracing));
}

namespace {

// A signal handler in a signal handler in a hook: more levels than this do not happen by nesting, but by error.
constexpr int kMostLevels = 6;
// Threads that ended leave recorders behind; a new thread looks at so many for one to adopt.
constexpr uint32_t kAdoptionTries = 16;
constexpr uint32_t kNeverAdopt = UINT32_MAX;

// The kernel's id of the owner. The thread-local pointer of a vfork child, or of another thread that borrows its
// maker's storage, stays with its maker when it is gone: such a recorder must not look orphaned then.
uint32_t owner_id() {
  const uint32_t me = platform::thread_id();
  const uint32_t storage_owner = platform::storage_owner_id();
  const bool borrows_storage = storage_owner != 0 && storage_owner != me;
  return platform::process_id() == g_state->process_id && !borrows_storage ? me : kNeverAdopt;
}

void introduce(Recorder* recorder) {
  char name[16] = {};
  platform::thread_name(name);
  recorder->thread_index = g_state->threads->add(name, platform::thread_id());  // kNone when there were too many
}

Recorder* adopt(uint32_t me) {
  // relaxed: where to begin looking
  static std::atomic<uint32_t> cursor{0};
  const uint32_t count = g_state->rings->count();
  for (uint32_t tries = 0; tries < kAdoptionTries && tries < count; ++tries) {
    // relaxed: as above
    Recorder* candidate = g_state->rings->at(cursor.fetch_add(1, std::memory_order_relaxed) % count);
    if (candidate == nullptr || candidate->is_nested) continue;
    // [recorder.owner] acquire
    uint32_t owner = candidate->owner_tid.load(std::memory_order_acquire);
    if (owner == kNeverAdopt || owner == 0) continue;
    if (owner != me && platform::thread_exists(g_state->process_id, owner)) continue;
    // [recorder.owner] acq_rel; relaxed on failure: another thread was first
    if (candidate->owner_tid.compare_exchange_strong(owner, me, std::memory_order_acq_rel, std::memory_order_relaxed)) {
      // [recorder.inside] acquire: what the dead owner's hooks did up to their last leave
      for (Recorder* level = candidate; level != nullptr; level = level->nested) {
        // [recorder.inside] acquire
        level->inside.load(std::memory_order_acquire);
      }
      return candidate;
    }
  }
  return nullptr;
}

// What the judges allocate themselves comes to the next level, and must not be judged again.
StackMode usual_stack_mode(const Recorder* recorder) {
  return g_state->crosscheck == nullptr || recorder->is_nested ? StackMode::kWalk : StackMode::kCrosscheck;
}

Recorder* make(uint32_t owner, bool nested, bool own_work) {
  auto* recorder = static_cast<Recorder*>(Arena::allocate(sizeof(Recorder)));
  if (recorder == nullptr) return nullptr;
  recorder->is_nested = nested;
  recorder->is_own_work = own_work;
  recorder->stack_mode = usual_stack_mode(recorder);
  // relaxed: published by add
  recorder->owner_tid.store(owner, std::memory_order_relaxed);
  g_state->segments.add_ring();
  return g_state->rings->add(recorder) ? recorder : nullptr;
}

Recorder* first_event() {
  const uint32_t owner = owner_id();
  Recorder* recorder = owner == kNeverAdopt ? nullptr : adopt(owner);
  if (recorder == nullptr) recorder = make(owner, false, false);
  if (recorder == nullptr) {
    count_unrecorded();
    end_tracing(EndReason::kTooManyThreads);
    return nullptr;
  }
  introduce(recorder);
  for (Recorder* level = recorder; level != nullptr; level = level->nested) {
    // relaxed: a dead owner may have left a hook unfinished; nothing of it was published
    level->inside.store(Recorder::kOutside, std::memory_order_relaxed);
    level->thread_index = recorder->thread_index;
    level->tag = 0;
    level->announced = false;  // until its first event
  }
  t_recorder = recorder;
  return recorder;
}

// Levels for own work and others never stand in for one another.
Recorder* nested_level(Recorder* recorder, bool own_work) {
  for (int level = 1; level < kMostLevels; ++level) {
    if (recorder->nested == nullptr) {
      Recorder* nested = make(kNeverAdopt, true, own_work);
      if (nested == nullptr) break;
      nested->thread_index = recorder->thread_index;
      recorder->nested = nested;
    }
    recorder = recorder->nested;
    // relaxed: written by this thread only
    const bool is_free = recorder->inside.load(std::memory_order_relaxed) == Recorder::kOutside;
    if (!is_free || recorder->is_own_work != own_work) continue;
    if (recorder->scope != t_scope) recorder->tag = 0;  // no tag at all: retag() announces the scope
    return recorder;
  }
  count_unrecorded();
  return nullptr;
}

Generation* generation_of(uint64_t tag) {
  // [state.generation] acquire
  Generation* generation = g_state->generation.load(std::memory_order_acquire);
  // relaxed: see Generation::first_tag and ::previous
  while (generation != nullptr && tag < generation->first_tag.load(std::memory_order_relaxed)) {
    // relaxed: as above
    generation = generation->previous.load(std::memory_order_relaxed);
  }
  return generation;
}

OddBlocks* make_odd_blocks(Generation* generation) {
  auto* fresh = Arena::make<OddBlocks>();
  if (fresh == nullptr) return nullptr;
  OddBlocks* seen = nullptr;
  // [generation.map] release; acquire when another thread was first
  if (generation->odd.compare_exchange_strong(seen, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) {
    return fresh;
  }
  return seen;
}

// Waits for the consolidator, at most until the deadline.
Segment* wait_for_segment() {
  constexpr uint64_t kNapNs = 100'000;
  const uint64_t patience_ns = uint64_t{g_state->options.block_deadline_ms} * 1'000'000;
  const uint64_t deadline = platform::monotonic_ns() + patience_ns;
  while (platform::monotonic_ns() < deadline) {
    platform::sleep_ns(kNapNs);
    // [state.ended] acquire
    if (g_state->ended.load(std::memory_order_acquire) != EndReason::kNotEnded) break;  // another gave up waiting
    if (Segment* segment = g_state->segments.take(); segment != nullptr) return segment;
  }
  return nullptr;
}

// The overload ladder below the pool: lend time, then wait if the policy says so.
Segment* overloaded_segment(Recorder* recorder) {
  if (recorder->is_nested) return nullptr;  // a signal handler lends nothing and never waits
  if (g_state->consolidator != nullptr && !g_state->consolidated_elsewhere) {
    g_state->consolidator->lend_round();
    if (Segment* segment = g_state->segments.take(); segment != nullptr) return segment;
  }
  return g_state->options.overload == OverloadPolicy::kBlock ? wait_for_segment() : nullptr;
}

}  // namespace

BlockMap* make_map(Generation* generation, DomainIndex domain) {
  if (BlockMap* known = generation->map(domain); known != nullptr) return known;
  auto* fresh = static_cast<BlockMap*>(Arena::reserve(sizeof(BlockMap)));
  if (fresh == nullptr) return nullptr;
  BlockMap* seen = nullptr;
  // [generation.map] release; acquire when another thread was first
  if (generation->maps[domain].compare_exchange_strong(seen, fresh, std::memory_order_acq_rel,
                                                       std::memory_order_acquire)) {
    return fresh;
  }
  return seen;
}

Recorder* enter_slow(Recorder* recorder, Purpose purpose) {
  if (recorder == nullptr) return first_event();
  // relaxed: written by this thread only
  if (recorder->inside.load(std::memory_order_relaxed) == Recorder::kOwnWork) {
    return purpose == Purpose::kBirth ? nullptr : nested_level(recorder, true);
  }
  return nested_level(recorder, false);
}

bool begin_own_work() {
  Recorder* recorder = enter();
  if (recorder == nullptr) return false;
  leave(recorder);
  if (recorder->is_nested) return false;
  // relaxed: read by this thread's hooks; others only tell it from kInHook
  recorder->inside.store(Recorder::kOwnWork, std::memory_order_relaxed);
  return true;
}

void end_own_work() {
  // In a forked child that the work outlived there is no recorder, or another, or one out of reach.
  // relaxed: see TracingSwitch
  if (g_tracing.has_arena.load(std::memory_order_relaxed) == 0) return;
  Recorder* recorder = t_recorder;
  // relaxed: written by this thread only
  if (recorder == nullptr || recorder->inside.load(std::memory_order_relaxed) != Recorder::kOwnWork) return;
  leave(recorder);
}

bool retag(Recorder* recorder, uint64_t tag) {
  // What was set before the epoch advanced to `tag` is visible from here on.
  g_state->epoch.tag_acquire();
  // [state.ended] acquire
  if (g_state->ended.load(std::memory_order_acquire) != EndReason::kNotEnded) {
    switch_tracing(false);
    return false;
  }
  Generation* generation = generation_of(tag);
  if (generation == nullptr) return false;
  if (generation->number != recorder->generation_number) {
    BlockMap* map = make_map(generation, 0);
    if (map == nullptr) {
      end_tracing(EndReason::kMemory);
      count_unrecorded();
      return false;
    }
    recorder->generation = generation;
    recorder->generation_number = generation->number;
    recorder->malloc_map = map;
    recorder->traceback_limit = generation->traceback_limit;
    recorder->lease.drop();
    recorder->tracebacks.clear();
  }
  uint64_t* words = room(recorder, 3);
  if (words == nullptr) {
    count_unrecorded();
    return false;  // nothing was announced: all of it is due again when tracing goes on
  }
  uint64_t* end = words;
  *end++ = event::epoch_word(recorder->ring.issued_low(), tag);
  if (!recorder->announced) *end++ = event::head(EventKind::kThread) | recorder->thread_index;
  if (!recorder->announced || recorder->scope != t_scope) {
    recorder->scope = t_scope;  // set while nothing was traced, it may be none
    *end++ = event::head(EventKind::kTag) | (check_scope(t_scope) ? t_scope : 0);
  }
  recorder->announced = true;
  recorder->tag = tag;
  recorder->ring.commit(end, 0);
  return true;
}

uint64_t* room_slow(Recorder* recorder, uint32_t words) {
  Segment* segment = g_state->segments.take();
  if (segment == nullptr) segment = overloaded_segment(recorder);
  if (segment == nullptr) {
    end_tracing(EndReason::kOverload);
    return nullptr;
  }
  recorder->ring.chain(segment);
  // The last quarter of the budget is kept for events without stacks.
  const bool overloaded = g_state->segments.left() < g_state->segments.budget() / 4;
  recorder->stack_mode = overloaded ? StackMode::kGiveUp : usual_stack_mode(recorder);
  return recorder->ring.prepare(words);
}

BlockId renew_lease(Recorder* recorder) {
  const uint32_t generation = recorder->generation->number;
  BlockLease lease;
  while (g_state->leases.try_dequeue(lease)) {
    if (lease.generation != generation) continue;  // of a generation that ended
    recorder->lease.renew(lease);
    return recorder->lease.take();
  }
  // relaxed: hands out pages
  const uint32_t page = recorder->generation->next_page.fetch_add(1, std::memory_order_relaxed);
  if (page >> (32 - kPageShift) != 0) return 0;
  recorder->lease.renew({.generation = generation, .page = page, .free = {~uint64_t{0}, ~uint64_t{0}}});
  return recorder->lease.take();
}

StackSlot define_traceback(Recorder* recorder, uint64_t hash, const uintptr_t* pcs, uint32_t depth,
                           uint32_t total_depth, bool reached_bottom, bool approximate) {
  if (depth == 0) return kNoStackSlot;
  uint64_t* words = room(recorder, depth + 1);
  if (words == nullptr) return kNoStackSlot;
  const StackSlot slot = recorder->tracebacks.insert(hash);
  words[0] = event::define_word(slot, depth, total_depth, reached_bottom, approximate, g_state->modules->known());
  std::memcpy(words + 1, pcs, depth * sizeof(uint64_t));
  recorder->ring.commit(words + 1 + depth, 0);
  return slot;
}

StackSlot given_stack_slot(Recorder* recorder, const GivenStack& stack) {
  const bool cut = stack.depth > recorder->traceback_limit;
  const uint32_t depth = cut ? recorder->traceback_limit : stack.depth;
  const bool reached_bottom = stack.reached_bottom && !cut;
  static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
  const auto* words = reinterpret_cast<const uint64_t*>(stack.pcs);
  const uint32_t total_depth = stack.reached_bottom ? stack.depth : 0;
  const uint64_t hash = intern_hash(words, depth, total_depth) | 1;
  const StackSlot known = recorder->tracebacks.find(hash);
  if (known != kNoStackSlot) return known;
  return define_traceback(recorder, hash, stack.pcs, depth, total_depth, reached_bottom, false);
}

StackSlot unusual_stack_slot(Recorder* recorder, const WalkStart& caller) {
  if (recorder->stack_mode == StackMode::kGiveUp) return kDegradedStackSlot;
  StackCrosscheck& crosscheck = *g_state->crosscheck;
  if (recorder->crosscheck_scratch == nullptr) {
    recorder->crosscheck_scratch = Arena::make<StackCrosscheck::Scratch>();
  }
  StackCrosscheck::Scratch* const scratch = recorder->crosscheck_scratch;
  WalkResult walk;
  if (scratch == nullptr) {
    end_tracing(EndReason::kMemory);
    return walked_stack_slot(recorder, caller, walk);
  }
  // In turns, so that neither always finds the stack in the processor's caches.
  const bool ask_first = scratch->captures++ % 2 == 0;
  bool asked = ask_first && crosscheck.ask(*scratch);
  const uint64_t before = cpu::ticks();
  const StackSlot slot = walked_stack_slot(recorder, caller, walk);
  const uint64_t spent = cpu::ticks() - before;
  if (!ask_first) asked = crosscheck.ask(*scratch);
  recorder->walker.write_repeated(walk, recorder->pcs);
  if (asked) crosscheck.compare(caller, walk, recorder->pcs, spent, *scratch);
  return slot;
}

void forget_tracebacks(Recorder* recorder) {
  recorder->tracebacks.clear();
  recorder->module_generation = recorder->walker.generation();
}

bool enter_odd_block(Recorder* recorder, DomainIndex domain, uintptr_t p, BlockId id, BlockId* before) {
  Generation* generation = recorder->generation;
  if (domain >= kMaxDomains) return false;
  if (BlockMap::covers(p)) {
    const auto* entry = g_state->domains->at(domain);
    const bool fine = entry != nullptr && entry->number < (1u << BlockMap::kGranuleBits);
    if (!fine) {
      BlockMap* map = make_map(generation, domain);
      BlockMap::Entry* place = map == nullptr ? nullptr : map->find_or_map(p, take_region);
      if (place == nullptr) return false;
      // relaxed: between allocation and free of `p` only its owner touches the entry (block_map.h)
      *before = place->exchange(id, std::memory_order_relaxed);
      return true;
    }
  }
  OddBlocks* odd = generation->odd_blocks();
  if (odd == nullptr) odd = make_odd_blocks(generation);
  if (odd == nullptr) return false;
  const OddBlocks::Outcome outcome = odd->put(domain, p, id, before, odd_patience_ns(recorder));
  if (outcome == OddBlocks::Outcome::kStuck) lose_odd_blocks();
  return outcome == OddBlocks::Outcome::kDone;
}

BlockId leave_odd_block(Recorder* recorder, DomainIndex domain, uintptr_t p) {
  OddBlocks* odd = recorder->generation->odd_blocks();
  BlockId id = 0;
  if (odd != nullptr && odd->remove(domain, p, &id, odd_patience_ns(recorder)) == OddBlocks::Outcome::kStuck) {
    lose_odd_blocks();
  }
  return id;
}

void lose_odd_blocks() {
  count_unrecorded();
  end_tracing(EndReason::kStuck);
}

void* take_region() {
  void* region = nullptr;
  if (g_state->spare_regions.try_dequeue(region)) return region;
  return Arena::reserve(BlockMap::kRegionBytes);
}

bool check_scope(uint32_t scope) {
  if (scope < g_state->scopes->count()) return true;
  count_unrecorded();
  return false;
}

void announce_scope(Recorder* recorder) {
  if (recorder->scope == t_scope) return;
  uint64_t* words = room(recorder, 1);
  if (words == nullptr) return;  // tracing has ended; when it goes on, retag() announces the scope
  recorder->scope = t_scope;
  words[0] = event::head(EventKind::kTag) | t_scope;
  recorder->ring.commit(words + 1, 0);
}

void count_unrecorded() {
  // relaxed: a statistic
  g_state->unrecorded.fetch_add(1, std::memory_order_relaxed);
}

void end_tracing(EndReason reason) {
  EndReason not_ended = EndReason::kNotEnded;
  // [state.ended] release; relaxed on failure: it had ended before
  g_state->ended.compare_exchange_strong(not_ended, reason, std::memory_order_release, std::memory_order_relaxed);
  g_state->epoch.advance();
  // relaxed: see TracerState
  g_state->quiet_advances.fetch_add(1, std::memory_order_relaxed);
  switch_tracing(false);
}

void detach_after_fork() noexcept {
  if (g_state == nullptr) return;
  switch_tracing(false);  // the kernel has done so already where it can
  // relaxed: see TracingSwitch
  g_tracing.keeps_traces.store(0, std::memory_order_relaxed);
  // relaxed: as above
  g_tracing.has_arena.store(0, std::memory_order_relaxed);
  Arena::replace_after_fork();
  t_recorder = nullptr;
}

}  // namespace heapreel::engine
