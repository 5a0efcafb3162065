// The consolidator's inner loop: from ring words to the store.
#include "engine/consolidate/consolidator.h"
#include "engine/memory/platform.h"
#include "engine/memory/read_once.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

// Threads are named before their first events are applied. They do not name themselves, because a filter may forbid
// them the system call.
void Consolidator::name_threads() {
  const auto& threads = *state_.threads;
  const uint32_t count = threads.count();
  for (uint32_t place = named_threads_; place < count; ++place) {
    if (const auto* thread = threads.unnamed(place); thread != nullptr) {
      char name[24];
      platform::thread_name(state_.consolidated_elsewhere ? state_.process_id : 0, thread->number, name);
      state_.threads->name(place, name);
    }
    if (place == named_threads_ && threads.at(place) != nullptr) ++named_threads_;
  }
}

void Consolidator::look_at_rings() {
  const RingRegistry& registry = *state_.rings;
  const uint32_t count = registry.count();
  if (count < ring_count_) return damage();  // rings stay where they were added
  for (uint32_t index = 0; index < count; ++index) {
    Recorder* recorder = registry.at(index);
    if (recorder == rings_[index]) continue;
    if (rings_[index] != nullptr || !Arena::holds(recorder, 1, kArenaUnit)) return damage();
    rings_[index] = recorder;
  }
  ring_count_ = count;
  // No ring can have published more than that, because none has more segments than all rings together.
  constexpr uint64_t kOthers = 64;  // segments that are beyond the budget for a moment
  most_words_ = (SegmentPool::segments_in(state_.options.ring_budget) + count + kOthers) * RingReader::kWords;
}

void Consolidator::drain_to(uint64_t epoch, uint32_t ring_count, const RingMark* marks) {
  look_at_rings();
  name_threads();
  if (store_ != nullptr) {
    store_->begin_round();
    // relaxed: what was taken before the marks were read is in it
    store_->expect_pages(generation_->next_page.load(std::memory_order_relaxed));
  }
  for (uint32_t index = 0; index < ring_count && index < ring_count_ && !damaged_; ++index) {
    drain_ring(index, epoch, marks[index]);
  }
  settle_deferred();
  if (damaged_) return;  // what was applied since the last cut is never shown
  if (store_ != nullptr) store_->end_round(*state_.leases, generation_number_);
  publish_totals();
}

void Consolidator::drain_to_cut(const CutRequest& request) {
  const RingMark* const rings = read_once(request.rings);
  const uint32_t ring_count = read_once(request.ring_count);
  if (ring_count > RingRegistry::kMost || !Arena::holds(rings, ring_count)) return damage();
  drain_to(read_once(request.epoch), ring_count, rings);
}

RingMirror* Consolidator::mirror(uint32_t index) {
  if (mirrors_[index] == nullptr) mirrors_[index] = StoreMemory::make<RingMirror>();
  return mirrors_[index];
}

void Consolidator::drain_ring(uint32_t index, uint64_t epoch, RingMark mark) {
  const Recorder* recorder = rings_[index];
  if (recorder == nullptr || (mirrors_[index] == nullptr && mark.word == 0)) return;
  RingMirror* known = mirror(index);
  if (known == nullptr) return;  // memory is spent: check_limits says so, and the events stay in the ring
  RingReader& reader = known->reader;
  const uint64_t until = reader.position_of(mark);
  if (until <= reader.position()) return;
  if (until - reader.position() > most_words_) return damage();

  if (store_ != nullptr) store_->begin_ring(known->thread);
  const uint64_t issued_before = known->issued;
  uint16_t issued_low = mark.issued_low(until);
  const bool led_on = reader.drain(
      recorder->ring, until,
      [&](const uint64_t* words, const uint64_t* end) -> uint64_t {
        if (event::kind_of(*words) == EventKind::kEpoch && event::epoch_of(*words) > epoch) {
          issued_low = event::epoch_issued_low(*words);
          return 0;  // it has a later tag: it is outside of this cut, as is all that follows
        }
        return apply_some(*known, words, end);
      },
      [this](Segment* segment) { state_.segments->give_back(segment); },
      [](const Segment* segment) { return Arena::holds(segment); });
  if (!led_on) damage();
  if (damaged_) return;
  known->issued = reader.issued_at(issued_low);
  issued_ += known->issued - issued_before;
  if (store_ != nullptr) store_->end_ring(known->issued - issued_before);
}

// Applies the event at `words` and some that follow it in the same epoch. The store is larger than any cache, so the
// pages that deaths will touch, and what is known of the stacks of births, are prefetched a few events ahead.
uint64_t Consolidator::apply_some(RingMirror& mirror, const uint64_t* words, const uint64_t* end) {
  constexpr int kAhead = 24;
  const uint64_t* last = words;
  // An EPOCH decides whether the events after it are stored, or discarded because their generation has ended.
  if (event::kind_of(*words) == EventKind::kEpoch) last += apply(mirror, words);
  if (!is_stored(mirror)) {
    for (int events = 0; events < kAhead && last < end; ++events) {
      const EventKind kind = event::kind_of(*last);
      if (kind == EventKind::kPad || kind == EventKind::kEpoch) break;
      last += apply(mirror, last);
    }
    if (last > end) damage();
    return damaged_ ? 0 : static_cast<uint64_t>(last - words);
  }
  const uint64_t* const first = last;
  for (int events = 0; events < kAhead && last < end; ++events) {
    const uint64_t head = *last;
    const EventKind kind = event::kind_of(head);
    if (kind == EventKind::kFree) {
      store_->prefetch(event::block_of(head));
      ++last;
    } else if (kind == EventKind::kAlloc) {
      __builtin_prefetch(&mirror.slot(event::slot_of(head)));
      last += 2;
    } else if (kind == EventKind::kPad || kind == EventKind::kEpoch) {
      break;
    } else {
      if (kind == EventKind::kMove) store_->prefetch(event::block_of(last[2]));
      last += event::length_of(head);
    }
  }
  if (last > end) [[unlikely]] {  // no event can reach beyond what was published
    damage();
    return 0;
  }
  apply_usual(mirror, first, last);
  return damaged_ ? 0 : static_cast<uint64_t>(last - words);
}

// Nearly all events are births and deaths of small blocks. For these no function is called, and what they count is
// added up.
// hot: instructions of an event - bench/instruction_budgets.py
void Consolidator::apply_usual(RingMirror& mirror, const uint64_t* words, const uint64_t* end) {
  TraceStore& store = *store_;
  uint64_t stored = 0;
  for (const uint64_t* at = words; at < end;) {
    const uint64_t head = *at;
    const EventKind kind = event::kind_of(head);
    if (kind == EventKind::kFree) {
      if (store.free(event::block_of(head), event::check_of(head)) == TraceStore::FreeResult::kFreed) [[likely]] {
        ++stored;
        ++at;
        continue;
      }
    } else if (kind == EventKind::kAlloc && event::slot_of(head) < TracebackCache::kSlots) [[likely]] {
      const RingMirror::Slot& slot = mirror.slots[event::slot_of(head)];
      if (slot.site_plus_one != 0 && slot.domain == event::domain_of(head) && slot.scope == mirror.scope &&
          store.alloc({.id = event::block_of(head),
                       .site = slot.site_plus_one - 1,
                       .address = event::short_address(at[1]),
                       .size = event::short_size(at[1]),
                       .thread = mirror.thread,
                       .domain = slot.domain})) [[likely]] {
        ++stored;
        at += 2;
        continue;
      }
    }
    at += apply(mirror, at);
  }
  stored_ += stored;
}

uint32_t Consolidator::apply(RingMirror& mirror, const uint64_t* words) {
  const uint64_t head = *words;
  switch (event::kind_of(head)) {
    case EventKind::kAlloc:
      apply_alloc(mirror, head, event::short_address(words[1]), event::short_size(words[1]), 0);
      return 2;
    case EventKind::kFree:
    case EventKind::kFreeInferred:
      apply_free(mirror, event::block_of(head), event::check_of(head), event::kind_of(head));
      return 1;
    case EventKind::kMove:
      apply_alloc(mirror, head, event::short_address(words[1]), event::short_size(words[1]), words[2]);
      return 3;
    case EventKind::kAllocWide:
      apply_alloc(mirror, head, words[1], words[2], 0);
      return 3;
    case EventKind::kMoveWide:
      apply_alloc(mirror, head, words[1], words[2], words[3]);
      return 4;
    case EventKind::kEpoch:
      enter_epoch(mirror, event::epoch_of(head));
      return 1;
    case EventKind::kDefine:
      define(mirror, words);
      return 1 + event::define_depth(head);
    case EventKind::kTag:
      enter_scope(mirror, event::payload_of(head));
      return 1;
    case EventKind::kThread:
      enter_thread(mirror, event::payload_of(head));
      return 1;
    case EventKind::kFreeStray:
      apply_stray_free(mirror, words);
      return 2;
    case EventKind::kHeap:
      apply_heap(mirror, words);
      return 2;
    case EventKind::kPad:
      break;  // drain() itself goes on in the next segment
  }
  damage();
  return 1;
}

// A name is registered before it is used, so that an unknown one is damage.
void Consolidator::enter_scope(RingMirror& mirror, uint64_t scope) {
  if (scope >= state_.scopes->count()) return damage();
  mirror.scope = static_cast<uint32_t>(scope);
}

// Threads that the table had no room for count as one thread.
void Consolidator::enter_thread(RingMirror& mirror, uint64_t thread) {
  if (thread >= state_.threads->count() && thread != ThreadNames::kNone) return damage();
  mirror.thread = static_cast<uint32_t>(thread);
  if (store_ != nullptr) store_->enter_thread(mirror.thread);
}

void Consolidator::enter_epoch(RingMirror& mirror, uint64_t epoch) {
  const uint32_t before = mirror.generation;
  // An event belongs to the generation that its tag falls into. Only one generation is being stored; events of ended
  // ones are discarded. Tags of later ones lie beyond the cut that ends this one, and are read after it.
  const bool stored = epoch >= generation_first_tag_;
  mirror.generation = stored ? generation_number_ : 0;
  if (stored && before != mirror.generation) mirror.forget_sites();
}

void Consolidator::define(RingMirror& mirror, const uint64_t* words) {
  if (!is_stored(mirror)) return;
  const uint64_t head = *words;
  if (event::define_slot(head) >= TracebackCache::kSlots ||
      event::define_depth(head) > uint32_t{TracerOptions::kMaxTracebackLimit}) {
    return damage();
  }
  RingMirror::Slot& slot = mirror.slot(event::define_slot(head));
  slot.traceback = store_->tracebacks().intern(words + 1, event::define_depth(head), event::define_total(head),
                                               event::define_bottom(head), event::define_approximate(head),
                                               event::define_modules(head), mirror.defined_last);
  mirror.defined_last = slot.traceback;
  slot.site_plus_one = 0;
}

void Consolidator::apply_stray_free(const RingMirror& mirror, const uint64_t* words) {
  if (!is_stored(mirror)) return;
  const StackSlot slot = event::slot_of(*words);
  // Stray frees without a stack are only counted, elsewhere.
  if (slot >= TracebackCache::kSlots) return;
  const TracebackId freed_at = mirror.slots[slot].traceback;
  if (freed_at >= store_->tracebacks().count()) return damage();
  store_->note_stray_free(freed_at, words[1]);
}

void Consolidator::apply_heap(const RingMirror& mirror, const uint64_t* words) {
  if (!is_stored(mirror)) return;
  const DomainIndex domain = event::domain_of(*words);
  if (domain == 0 || domain >= state_.domains->count()) return damage();  // it was registered before
  store_->note_heap(event::block_of(*words), domain, words[1]);
}

SiteId Consolidator::site_of(RingMirror& mirror, RingMirror::Slot& slot, DomainIndex domain) {
  if (slot.site_plus_one == 0 || slot.domain != domain || slot.scope != mirror.scope) [[unlikely]] {
    // The slot was never defined, or only in another generation; or the domain has no name.
    const bool is_defined = slot.traceback < store_->tracebacks().count() &&
                            (slot.traceback != kUnknownTraceback || &slot == &mirror.no_stack || store_->exhausted());
    if (!is_defined || (domain != 0 && domain >= state_.domains->count())) damage();
    const SiteId site = store_->site({.domain = domain, .scope = mirror.scope, .traceback = slot.traceback});
    slot = {.traceback = slot.traceback, .domain = domain, .scope = mirror.scope, .site_plus_one = site + 1};
  }
  return slot.site_plus_one - 1;
}

void Consolidator::apply_alloc(RingMirror& mirror, uint64_t head, uint64_t address, uint64_t size, uint64_t old_word) {
  if (!is_stored(mirror)) [[unlikely]] {
    ++discarded_;
    return;
  }
  const StackSlot stack = event::slot_of(head);
  const TraceStore::Block block = {.id = event::block_of(head),
                                   .site = site_of(mirror, mirror.slot(stack), event::domain_of(head)),
                                   .address = address,
                                   .size = size,
                                   .thread = mirror.thread,
                                   .domain = event::domain_of(head)};
  if (old_word != 0) {
    const BlockId old = event::block_of(old_word);
    const uint32_t check = event::check_of(old_word);
    store_->count_realloc(block.site, size);
    settle(store_->free(old, check), old, check, EventKind::kMove);
  }
  // A block for which there is no memory counts as not stored, so that the sums show it, and ends tracing (see
  // check_limits).
  if (store_->alloc(block)) [[likely]] {
    ++(stack == kDegradedStackSlot ? degraded_ : stored_);
  } else if (store_->was_damaged()) {
    damage();
  }
}

void Consolidator::apply_free(RingMirror& mirror, BlockId block, uint32_t check, EventKind kind) {
  if (!is_stored(mirror)) [[unlikely]] {
    ++discarded_;
    return;
  }
  if (settle(free(block, check, kind), block, check, kind)) ++stored_;
}

// The thread whose events are being applied freed the block, except when the hooks closed it: then nobody knows who
// did.
TraceStore::FreeResult Consolidator::free(BlockId block, uint32_t check, EventKind kind) {
  return kind == EventKind::kFreeInferred ? store_->free_unseen(block, check) : store_->free(block, check);
}

bool Consolidator::settle(TraceStore::FreeResult result, BlockId block, uint32_t check, EventKind kind) {
  switch (result) {
    case TraceStore::FreeResult::kFreed:
      if (kind == EventKind::kFreeInferred) [[unlikely]]
        ++inferred_frees_;
      return true;
    case TraceStore::FreeResult::kNotLive:
      // Its birth may be in a ring that this round has not reached. It is in this round, because a cut holds every
      // cause.
      if (deferred_count_ == kMostDeferred) break;
      deferred_[deferred_count_++] = {block, check, kind, store_->thread()};
      return true;
    case TraceStore::FreeResult::kOtherAddress:
      ++mismatched_frees_;
      return true;
    case TraceStore::FreeResult::kSpent:
      break;
  }
  end_tracing(EndReason::kMemory);
  return false;
}

void Consolidator::settle_deferred() {
  const uint32_t count = deferred_count_;
  deferred_count_ = 0;
  for (uint32_t index = 0; index < count; ++index) {
    const Deferred& deferred = deferred_[index];
    // The events of their ring have been applied, and they free blocks that were born in another one. So they count
    // like the events of a ring of their own.
    if (index == 0 || deferred.thread != store_->thread()) {
      if (index != 0) store_->end_ring(0);
      store_->begin_ring(deferred.thread);
    }
    switch (free(deferred.block, deferred.check, deferred.kind)) {
      case TraceStore::FreeResult::kFreed:
        if (deferred.kind == EventKind::kFreeInferred) ++inferred_frees_;
        break;
      case TraceStore::FreeResult::kNotLive:
      case TraceStore::FreeResult::kOtherAddress:
        ++mismatched_frees_;
        break;
      case TraceStore::FreeResult::kSpent:
        if (deferred.kind != EventKind::kMove) --stored_;  // counted when it was deferred
        break;
    }
  }
  if (count != 0) store_->end_ring(0);
  // There are usually a few dozen. After a round in which many threads were far behind, their memory is given back.
  if (count > kKeptDeferred) {
    StoreMemory::release(deferred_ + kKeptDeferred, (count - kKeptDeferred) * sizeof(Deferred));
  }
}

}  // namespace heapreel::engine
