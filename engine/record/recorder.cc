#include "engine/record/recorder.h"

#include <atomic>

#include "engine/record/block_maps.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/record/recording_state.h"
#include "engine/record/scope.h"
#include "engine/record/stack_slot.h"

namespace heapreel::engine {

namespace {

[[gnu::always_inline]] inline StackSlot stack_slot(Recorder* recorder, const WalkStart& caller) {
  if (recorder->stack_mode != StackMode::kWalk) [[unlikely]]
    return unusual_stack_slot(recorder, caller);
  return usual_stack_slot(recorder, caller);
}

inline StackSlot stack_slot(Recorder* recorder, const GivenStack& stack) {
  if (recorder->stack_mode == StackMode::kGiveUp || stack.depth == 0)
    return stack.depth == 0 ? kNoStackSlot : kDegradedStackSlot;
  return given_stack_slot(recorder, stack);
}

// For all callers but record_alloc(), so that they do not each have a copy of it.
template <class Stack>
[[gnu::noinline]] StackSlot stack_slot_by_call(Recorder* recorder, const Stack& stack) {
  return stack_slot(recorder, stack);
}

inline BlockMap* map_of(const Recorder* recorder, DomainIndex domain) {
  return domain == 0 ? recorder->malloc_map : recorder->generation->map(domain);
}

// Null where nothing is known of the domain's allocator.
[[gnu::always_inline]] inline DenseMap* dense_map_of(const Recorder* recorder, DomainIndex domain) {
  return domain == 0 ? recorder->dense_map : nullptr;
}

// The map's entry for `p`; null when finding it takes a longer search.
[[gnu::always_inline]] inline BlockMap::Entry* usual_entry(const Recorder* recorder, DomainIndex domain, uintptr_t p) {
  if (const DenseMap* dense = dense_map_of(recorder, domain); dense != nullptr) [[likely]]
    return dense->find(p);
  const BlockMap* map = map_of(recorder, domain);
  return map == nullptr ? nullptr : map->find_any(p);
}

// The same for a block that was just given out for a request of `n` bytes, and that the short form of an event can
// describe.
[[gnu::always_inline]] inline BlockMap::Entry* usual_birth_entry(const Recorder* recorder, DomainIndex domain,
                                                                 uintptr_t p, size_t n) {
  static_assert(SizeClasses::kLargestBlock < event::kShortSizeLimit);
  if (const DenseMap* dense = dense_map_of(recorder, domain); dense != nullptr) [[likely]]
    return dense->birth_entry(p, n);
  return n < event::kShortSizeLimit ? usual_entry(recorder, domain, p) : nullptr;
}

inline BlockId take_id(BlockMap::Entry* entry) {
  if (entry == nullptr) return 0;
  // relaxed: between malloc and free of a block only its owner touches the entry (block_map.h, dense_map.h)
  const BlockId id = entry->load(std::memory_order_relaxed);
  // relaxed: as above
  if (id != 0) entry->store(0, std::memory_order_relaxed);
  return id;
}

inline void push_checked_free(Recorder* recorder, EventKind kind, uint32_t check, BlockId id) {
  uint64_t* words = room(recorder, 1);
  if (words == nullptr) [[unlikely]]
    return count_unrecorded();
  words[0] = event::free_word(kind, check, id);
  recorder->ring.commit(words + 1, 1);
}

inline void push_free(Recorder* recorder, EventKind kind, uintptr_t p, BlockId id) {
  push_checked_free(recorder, kind, event::address_check(p), id);
}

// The functions that a dense map calls.
struct DenseMapUser {
  Recorder* recorder;

  void* chunk() const { return take_region(); }
  void close(uintptr_t, BlockId unseen) const {
    push_checked_free(recorder, EventKind::kFreeInferred, event::kAnyAddress, unseen);
  }
  void close_large(uintptr_t p) const {
    if (const BlockId unseen = recorder->generation->large.remove(p); unseen != 0)
      push_free(recorder, EventKind::kFreeInferred, p, unseen);
  }
  void fill(uintptr_t begin, uintptr_t end) const {
    recorder->generation->large.for_each(begin, end, [this](uintptr_t p) { recorder->dense_map->mark_unused(p); });
  }
};

// The entry of the block at `p` in the dense map, whose slice is laid out again if need be. Null where a dense map
// cannot hold the block.
DenseMap::Entry* lay_out_slice(Recorder* recorder, DenseMap* dense, uintptr_t p) {
  return dense->lay_out(p, g_size_classes.find_block(p), DenseMapUser{recorder});
}

// The id of a block of domain 0 that began at `p` and is noted elsewhere than in `entry`; its free was never seen.
BlockId unseen_elsewhere(Recorder* recorder, const BlockMap* map, const BlockMap::Entry* entry, uintptr_t p) {
  BlockMap::Entry* const misfit = map->find(p);
  if (misfit != nullptr && misfit != entry) {
    if (const BlockId id = take_id(misfit); id != 0) return id;
  }
  return recorder->generation->large.remove(p);
}

// A block's place in the map.
struct BlockPlace {
  BlockMap::Entry* entry = nullptr;  // null: a hash table has the block and its id
  BlockId before = 0;                // the id that was there, of a block whose free the hooks never saw

  void enter(BlockId id) const {
    // seq_cst: for the compiler only. The map is written last, so that a thread which leaves its hook by a jump leaves
    // no id there of a block that was never born.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // relaxed: between malloc and free of a block only its owner touches the entry (block_map.h, dense_map.h)
    if (entry != nullptr) entry->store(id, std::memory_order_relaxed);
  }
};

// Finds the place in the map for `id` at `p`; the caller enters it. `n` is the requested size, or 0 when it is not
// known. False when memory is spent, or the domain does not exist.
inline bool find_place(Recorder* recorder, DomainIndex domain, uintptr_t p, size_t n, BlockId id, BlockPlace& place) {
  BlockMap* map = map_of(recorder, domain);
  if (map == nullptr || !BlockMap::covers(p)) [[unlikely]]
    return enter_hashed_block(recorder, domain, p, id, &place.before);
  DenseMap* const dense = dense_map_of(recorder, domain);
  if (dense != nullptr && n > SizeClasses::kLargestBlock && p != 0) {
    const BlockId unseen = take_id(map->find(p));
    dense->mark_large(p, DenseMapUser{recorder});
    const bool entered = recorder->generation->large.put(p, id, &place.before);
    if (place.before == 0) place.before = unseen;
    return entered;
  }
  place.entry = dense != nullptr ? lay_out_slice(recorder, dense, p) : nullptr;
  if (place.entry == nullptr) place.entry = map->find_or_map(p, take_region);
  if (place.entry == nullptr) [[unlikely]]
    return false;
  place.before = take_id(place.entry);
  if (dense != nullptr && place.before == 0) place.before = unseen_elsewhere(recorder, map, place.entry, p);
  return true;
}

// Takes the id at `p` out of the map; 0 when the block is untracked.
inline BlockId leave_block(Recorder* recorder, DomainIndex domain, uintptr_t p) {
  BlockMap* map = map_of(recorder, domain);
  if (map == nullptr || !BlockMap::covers(p)) [[unlikely]]
    return leave_hashed_block(recorder, domain, p);
  const DenseMap* const dense = dense_map_of(recorder, domain);
  BlockId id = dense != nullptr ? take_id(dense->find(p)) : 0;
  if (id == 0) id = take_id(map->find(p));
  if (id == 0 && dense != nullptr) id = recorder->generation->large.remove(p);
  return id;
}

// Notes a realloc of a block that is not in the record.
[[gnu::noinline, gnu::cold]] void note_stray_move(Recorder* recorder, uintptr_t p, const WalkStart& caller) {
  count_untracked_free(recorder);
  tell_stray_free(recorder, p, caller);
}
inline void note_stray_move(Recorder* recorder, uintptr_t, const GivenStack&) {
  count_untracked_free(recorder);
}

// Writes an ALLOC event when `old` is 0, otherwise a MOVE.
inline void push_alloc(Recorder* recorder, DomainIndex domain, StackSlot slot, BlockId id, uintptr_t p, size_t n,
                       BlockId old, uintptr_t old_p) {
  uint64_t* words = room(recorder, kMaxEventWords);
  if (words == nullptr) [[unlikely]]
    return count_unrecorded();
  uint64_t* end = words;
  if (event::fits_short(p, n)) [[likely]] {
    *end++ = event::alloc_word(old == 0 ? EventKind::kAlloc : EventKind::kMove, domain, slot, id);
    *end++ = event::short_block(p, n);
  } else {
    *end++ = event::alloc_word(old == 0 ? EventKind::kAllocWide : EventKind::kMoveWide, domain, slot, id);
    *end++ = p;
    *end++ = n;
  }
  if (old != 0) *end++ = event::free_word(EventKind::kPad, event::address_check(old_p), old);
  recorder->ring.commit(end, 1);
}

// To be called when `id`, which was taken for a block, could not be given to it.
[[gnu::noinline, gnu::cold]] void refuse_birth(Recorder* recorder, DomainIndex domain, BlockId id) {
  count_unrecorded();
  if (domain < kMaxDomains) return end_tracing(EndReason::kMemory);
  if (id != 0) recorder->lease.give_back(id);
}

// The same with everything that may have to be done first: a new lease, a region of the map, a segment.
[[gnu::noinline]] void record_birth(Recorder* recorder, DomainIndex domain, StackSlot slot, uintptr_t p, size_t n,
                                    BlockId old, uintptr_t old_p) {
  BlockId id = recorder->lease.take();
  if (id == 0) [[unlikely]]
    id = renew_lease(recorder);
  BlockPlace place;
  if (id == 0 || !find_place(recorder, domain, p, n, id, place)) [[unlikely]]
    return refuse_birth(recorder, domain, id);
  if (place.before != 0) [[unlikely]]
    push_free(recorder, EventKind::kFreeInferred, p, place.before);
  push_alloc(recorder, domain, slot, id, p, n, old, old_p);
  place.enter(id);
}

// The same for the usual case that nothing has to be done first, and `entry` is the map's entry. False, and nothing has
// happened, in all other cases.
[[gnu::always_inline]] inline bool record_usual_birth(Recorder* recorder, BlockMap::Entry* entry, DomainIndex domain,
                                                      StackSlot slot, uintptr_t p, size_t n) {
  constexpr uint32_t kWords = 2;
  if (entry == nullptr || !recorder->lease.has_one() || !recorder->ring.has_room(kWords)) [[unlikely]]
    return false;
  // relaxed: between malloc and free of `p` only its owner touches the entry (block_map.h)
  if (entry->load(std::memory_order_relaxed) != 0) [[unlikely]]
    return false;
  const BlockId id = recorder->lease.take_one();
  uint64_t* const words = recorder->ring.place();
  words[0] = event::alloc_word(EventKind::kAlloc, domain, slot, id);
  words[1] = event::short_block(p, n);
  recorder->ring.commit(words + kWords, 1);
  BlockPlace{.entry = entry}.enter(id);
  return true;
}

// A free of any block, in any state of the recorder.
[[gnu::noinline]] void record_any_free(DomainIndex domain, uintptr_t p) {
  Recorder* recorder = enter();
  if (recorder == nullptr) [[unlikely]]
    return;
  const BlockId id = leave_block(recorder, domain, p);
  if (id != 0) [[likely]] {
    push_free(recorder, EventKind::kFree, p, id);
  } else {
    count_untracked_free(recorder);
    tell_stray_free(recorder, p, HEAPREEL_WALK_START());
  }
  leave(recorder);
}

template <class Stack>
[[gnu::always_inline]] inline void record_alloc_with(DomainIndex domain, const void* p, size_t n, const Stack& stack) {
  Recorder* recorder = enter(Purpose::kBirth);
  if (recorder == nullptr) [[unlikely]]
    return;
  const auto address = reinterpret_cast<uintptr_t>(p);
  // The map's entry is prefetched before the walk, which takes long enough for it to arrive. Nothing moves it
  // meanwhile, because a slice keeps its layout while a block lives in it.
  BlockMap::Entry* const entry = usual_birth_entry(recorder, domain, address, n);
  __builtin_prefetch(entry, 1);
  const StackSlot slot = stack_slot(recorder, stack);
  if (!record_usual_birth(recorder, entry, domain, slot, address, n)) [[unlikely]]
    record_birth(recorder, domain, slot, address, n, 0, 0);
  leave(recorder);
}

template <class Stack>
inline void record_move_with(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const Stack& stack) {
  Recorder* recorder = enter();
  if (recorder == nullptr) [[unlikely]]
    return;
  const auto from = reinterpret_cast<uintptr_t>(old_p);
  const BlockId old = leave_block(recorder, domain, from);
  if (old == 0) note_stray_move(recorder, from, stack);
  if (!recorder->is_untraced_scope) [[likely]] {
    record_birth(recorder, domain, stack_slot_by_call(recorder, stack), reinterpret_cast<uintptr_t>(new_p), n, old,
                 from);
  } else if (old != 0) {
    push_free(recorder, EventKind::kFree, from, old);
  }
  leave(recorder);
}

// The id of a block that the caller owns. An entry of a hash table is taken out and put back.
BlockId id_of_block(Recorder* recorder, DomainIndex domain, uintptr_t p) {
  const BlockMap* const map = map_of(recorder, domain);
  if (map != nullptr && BlockMap::covers(p)) {
    const DenseMap* const dense = dense_map_of(recorder, domain);
    for (const BlockMap::Entry* const entry : {dense != nullptr ? dense->find(p) : nullptr, map->find(p)}) {
      // relaxed: between malloc and free of a block only its owner touches the entry (block_map.h, dense_map.h)
      const BlockId id = entry == nullptr ? 0 : entry->load(std::memory_order_relaxed);
      if (id != 0) return id;
    }
  }
  const BlockId id = leave_block(recorder, domain, p);
  BlockPlace place;
  if (id == 0) return 0;
  if (!find_place(recorder, domain, p, SizeClasses::kLargestBlock + 1, id, place)) {
    refuse_birth(recorder, domain, 0);
  } else {
    place.enter(id);
  }
  return id;
}

}  // namespace

void record_alloc(DomainIndex domain, const void* p, size_t n, const WalkStart& caller) noexcept {
  record_alloc_with(domain, p, n, caller);
}

void record_alloc(DomainIndex domain, const void* p, size_t n, const GivenStack& stack) noexcept {
  record_alloc_with(domain, p, n, stack);
}

void expect_aligned_block(const void* p) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return;
  DenseMap* const dense = dense_map_of(recorder, 0);
  if (!recorder->is_untraced_scope && dense != nullptr) lay_out_slice(recorder, dense, reinterpret_cast<uintptr_t>(p));
  leave(recorder);
}

// The usual free is recorded without a call, and so without a frame of its own.
void record_free(DomainIndex domain, const void* p) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(p);
  if (!tracing()) [[unlikely]]
    return;
  Recorder* const recorder = t_recorder;
  if (!is_free(recorder)) [[unlikely]]
    return record_any_free(domain, address);
  occupy(recorder);
  BlockMap::Entry* const entry =
      recorder->tag == g_recording->epoch.tag() ? usual_entry(recorder, domain, address) : nullptr;
  if (entry == nullptr || !recorder->ring.has_room(1)) [[unlikely]] {
    leave(recorder);
    return record_any_free(domain, address);
  }
  // relaxed: between malloc and free of `p` only its owner touches the entry (block_map.h)
  const BlockId id = entry->load(std::memory_order_relaxed);
  if (id != 0) [[likely]] {
    // relaxed: as above
    entry->store(0, std::memory_order_relaxed);
    uint64_t* const words = recorder->ring.place();
    words[0] = event::free_word(EventKind::kFree, event::address_check(address), id);
    recorder->ring.commit(words + 1, 1);
  } else {
    leave(recorder);
    return record_any_free(domain, address);
  }
  leave(recorder);
}

void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const WalkStart& caller) noexcept {
  record_move_with(domain, old_p, new_p, n, caller);
}

void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const GivenStack& stack) noexcept {
  record_move_with(domain, old_p, new_p, n, stack);
}

ReallocTicket record_realloc_begin(DomainIndex domain, const void* p) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return {};
  const ReallocTicket ticket{.block = leave_block(recorder, domain, reinterpret_cast<uintptr_t>(p)),
                             .generation = recorder->generation->number};
  leave(recorder);
  return ticket;
}

void record_realloc_end(DomainIndex domain, ReallocTicket ticket, const void* old_p, const void* new_p, size_t n,
                        const WalkStart& caller) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return;
  const auto from = reinterpret_cast<uintptr_t>(old_p);
  // A block of a generation that has ended meanwhile is forgotten.
  if (ticket.generation != recorder->generation->number) ticket.block = 0;
  if (new_p != nullptr) {
    if (ticket.block == 0 && old_p != nullptr) note_stray_move(recorder, from, caller);
    if (!recorder->is_untraced_scope) [[likely]] {
      record_birth(recorder, domain, stack_slot_by_call(recorder, caller), reinterpret_cast<uintptr_t>(new_p), n,
                   ticket.block, from);
    } else if (ticket.block != 0) {
      push_free(recorder, EventKind::kFree, from, ticket.block);
    }
  } else if (ticket.block != 0) {
    BlockPlace place;
    if (find_place(recorder, domain, from, 0, ticket.block, place)) {
      place.enter(ticket.block);
    } else {
      refuse_birth(recorder, domain, 0);
    }
  }
  leave(recorder);
}

bool record_heap(DomainIndex domain, DomainIndex outer, const void* p) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return true;
  const bool is_domain = domain != 0 && domain < kMaxDomains && outer < kMaxDomains && domain != outer &&
                         g_recording->domains->at(domain) != nullptr;
  if (!is_domain) count_unrecorded();
  const auto address = reinterpret_cast<uintptr_t>(p);
  const BlockId id = is_domain ? id_of_block(recorder, outer, address) : 0;
  if (id != 0) {
    uint64_t* words = room(recorder, 2);
    if (words == nullptr) {
      count_unrecorded();
    } else {
      words[0] = event::alloc_word(EventKind::kHeap, domain, 0, id);
      words[1] = address;
      recorder->ring.commit(words + 2, 0);
    }
  }
  leave(recorder);
  return id != 0;
}

void record_arena_reset(DomainIndex domain, const void* base, size_t bytes) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return;
  if (domain >= kMaxDomains) count_unrecorded();
  const auto begin = reinterpret_cast<uintptr_t>(base);
  const uintptr_t end = bytes < UINTPTR_MAX - begin ? begin + bytes : UINTPTR_MAX;
  const auto end_block = [recorder](uintptr_t p, BlockId id) { push_free(recorder, EventKind::kFree, p, id); };
  // Nobody else touches these blocks, because the arena's owner announces the reset.
  const auto end_entry = [&end_block](uintptr_t p, BlockMap::Entry* entry) {
    if (const BlockId id = take_id(entry); id != 0) end_block(p, id);
  };
  if (const BlockMap* map = map_of(recorder, domain); map != nullptr) map->for_each_entry(begin, end, end_entry);
  if (const DenseMap* dense = dense_map_of(recorder, domain); dense != nullptr) {
    dense->for_each_entry(begin, end, [recorder](uintptr_t, BlockMap::Entry* entry) {
      if (const BlockId id = take_id(entry); id != 0)
        push_checked_free(recorder, EventKind::kFree, event::kAnyAddress, id);
    });
  }
  if (domain == 0) recorder->generation->large.remove_range(begin, end, end_block);
  leave_hashed_blocks(recorder, domain, begin, bytes, end_block);
  leave(recorder);
}

void record_domain_reset(DomainIndex domain) noexcept {
  Recorder* recorder = enter();
  if (recorder == nullptr) return;
  if (domain == 0 || domain >= kMaxDomains) count_unrecorded();
  const auto end_block = [recorder](uintptr_t p, BlockId id) { push_free(recorder, EventKind::kFree, p, id); };
  if (const BlockMap* map = domain == 0 ? nullptr : map_of(recorder, domain); map != nullptr) {
    map->for_each_region([&](BlockMap::Entry* region, uintptr_t begin) {
      for (size_t granule = 0; granule < BlockMap::kRegionEntries; ++granule) {
        if (const BlockId id = take_id(region + granule); id != 0)
          end_block(begin + (granule << BlockMap::kGranuleBits), id);
      }
      Arena::release(region, BlockMap::kRegionBytes);  // looking at it touched all of it
    });
  }
  if (domain != 0) leave_hashed_blocks(recorder, domain, 0, UINTPTR_MAX, end_block);
  leave(recorder);
}

uint32_t set_scope(uint32_t scope) noexcept {
  const uint32_t before = t_scope;
  if (scope == before || (tracing() && !check_scope(scope))) return before;
  t_scope = scope;
  if (Recorder* recorder = enter(); recorder != nullptr) {
    announce_scope(recorder);
    leave(recorder);
  }
  return before;
}

uint32_t current_scope() noexcept {
  return t_scope;
}

}  // namespace heapreel::engine
