#include "engine/record/mappings.h"

#include <algorithm>
#include <cstring>

#include "engine/record/recorder.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/record/stack_slot.h"
#include "engine/store/intern_hash.h"

namespace heapreel::engine {

namespace {

constexpr uint64_t kPatienceNs = 10'000'000'000;  // whoever holds the lock is within a system call

GivenStack given(const MappingTable::Stack* stack) {
  if (stack == nullptr) return {nullptr, 0, false};
  return {stack->pcs(), stack->depth, stack->reached_bottom};
}

// While an object of this class lives, allocations of this thread get the scope in which the mapping was made. So the
// rest of a mapping keeps its tag when a part of it is gone.
class ScopeOf {
 public:
  explicit ScopeOf(const MappingTable::Mapping& mapping) : before_(set_scope(mapping.scope)) {}
  ~ScopeOf() { set_scope(before_); }
  ScopeOf(const ScopeOf&) = delete;
  ScopeOf& operator=(const ScopeOf&) = delete;

 private:
  const uint32_t before_;
};

void* address(uintptr_t p) {
  return reinterpret_cast<void*>(p);
}

// That of events of this thread from now on, or of a later time; 0 while nothing is recorded.
uint32_t current_generation() {
  Recorder* const recorder = enter();
  if (recorder == nullptr) return 0;
  const uint32_t number = recorder->generation->number;
  leave(recorder);
  return number;
}

// The stack of the hook's caller; null where nothing is recorded.
const MappingTable::Stack* stack_of(MappingTable& table, const WalkStart& caller, bool& is_recorded) {
  Recorder* const recorder = enter(Purpose::kBirth);
  is_recorded = recorder != nullptr && !recorder->is_untraced_scope;
  if (recorder == nullptr) return nullptr;
  const MappingTable::Stack* stack = nullptr;
  if (is_recorded) {
    const WalkResult walk = recorder->walker.walk_afresh(caller, recorder->traceback_limit, recorder->pcs);
    if (recorder->walker.generation() != recorder->module_generation) forget_tracebacks(recorder);
    recorder->walker.write_repeated(walk, recorder->pcs);
    stack = table.intern(recorder->pcs, walk.depth, walk.reached_bottom);
  }
  leave(recorder);
  return stack;
}

}  // namespace

uint32_t MappingTable::find(uintptr_t address) const {
  const Mapping* const found =
      std::partition_point(mappings_, mappings_ + count_, [address](const Mapping& m) { return m.end <= address; });
  return static_cast<uint32_t>(found - mappings_);
}

bool MappingTable::insert(uint32_t place, const Mapping& mapping) {
  if (count_ == kMost) return false;
  if (count_ == touched_) {
    ++touched_;
    Arena::account(sizeof(Mapping));
  }
  std::memmove(mappings_ + place + 1, mappings_ + place, (count_ - place) * sizeof(Mapping));
  mappings_[place] = mapping;
  ++count_;
  return true;
}

void MappingTable::erase(uint32_t place) {
  --count_;
  std::memmove(mappings_ + place, mappings_ + place + 1, (count_ - place) * sizeof(Mapping));
}

const MappingTable::Stack* MappingTable::intern(const uintptr_t* pcs, uint32_t depth, bool reached_bottom) {
  static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
  const uint64_t hash = intern_hash(reinterpret_cast<const uint64_t*>(pcs), depth, reached_bottom ? depth : 0);
  for (uint64_t at = hash;; ++at) {
    const Stack*& known = stacks_[at % kMostStacks];
    if (known == nullptr) {
      if (stack_count_ > kMostStacks / 2) return nullptr;
      auto* const fresh = static_cast<Stack*>(Arena::allocate(sizeof(Stack) + depth * sizeof(uintptr_t)));
      if (fresh == nullptr) return nullptr;
      fresh->hash = hash;
      fresh->depth = depth;
      fresh->reached_bottom = reached_bottom;
      std::copy(pcs, pcs + depth, fresh->pcs());
      ++stack_count_;
      known = fresh;
      return fresh;
    }
    if (known->hash == hash && known->depth == depth && known->reached_bottom == reached_bottom &&
        std::equal(pcs, pcs + depth, known->pcs())) {
      return known;
    }
  }
}

bool records_mappings() {
  return tracing() && g_recording->mappings != nullptr;
}

MappingHold::MappingHold() : table_(records_mappings() ? g_recording->mappings : nullptr) {
  if (table_ == nullptr || table_->lock.lock_within(kPatienceNs)) return;
  table_ = nullptr;
  count_unrecorded();
}

MappingHold::~MappingHold() {
  if (table_ != nullptr) table_->lock.unlock();
}

bool MappingHold::knows_any(uintptr_t begin, uintptr_t end) const {
  const uint32_t at = table_->find(begin);
  return at < table_->count() && (*table_)[at].begin < end;
}

void MappingHold::lose() {
  count_unrecorded();
}

void MappingHold::add(DomainIndex domain, uintptr_t begin, uintptr_t end, const MappingTable::Stack* stack) {
  record_alloc(domain, address(begin), end - begin, given(stack));
  const MappingTable::Mapping mapping = {begin, end, stack, domain, current_scope(), current_generation(), 0};
  if (!table_->insert(table_->find(begin), mapping)) lose();
}

// Mappings of which the record knows nothing any more, because traces were cleared.
void MappingHold::forget_stale(uintptr_t begin, uintptr_t end) {
  const uint32_t generation = current_generation();
  for (uint32_t at = table_->find(begin); at < table_->count() && (*table_)[at].begin < end;) {
    if ((*table_)[at].generation == generation) {
      ++at;
    } else {
      table_->erase(at);
    }
  }
}

// Its place in the table is the caller's.
void MappingHold::move(const MappingTable::Mapping& mapping, uintptr_t begin, uintptr_t end,
                       const MappingTable::Stack* stack) {
  if (mapping.generation != current_generation()) return;  // the record has forgotten it
  const ScopeOf scope(mapping);
  record_move(mapping.domain, address(mapping.begin), address(begin), end - begin, given(stack));
}

void MappingHold::record_unmap(uintptr_t begin, uintptr_t end) {
  if (begin == end) return;  // nothing is to be cut in two
  MappingTable& table = *table_;
  uint32_t at = table.find(begin);
  while (at < table.count() && table[at].begin < end) {
    const MappingTable::Mapping whole = table[at];
    const bool is_current = whole.generation == current_generation();
    const bool has_left = whole.begin<begin, has_right = whole.end> end;
    if (!has_left && !has_right) {
      table.erase(at);
      if (is_current) record_free(whole.domain, address(whole.begin));
      continue;
    }
    if (!has_left) {
      table[at].begin = end;
      move(whole, end, whole.end, whole.stack);
      return;
    }
    table[at].end = begin;
    move(whole, whole.begin, begin, whole.stack);
    if (has_right) {
      MappingTable::Mapping right = whole;
      right.begin = end;
      if (is_current) {
        const ScopeOf scope(right);
        record_alloc(right.domain, address(right.begin), right.end - right.begin, given(right.stack));
      }
      if (!table.insert(at + 1, right)) lose();
      return;
    }
    ++at;
  }
}

void MappingHold::record_map(DomainIndex domain, uintptr_t begin, uintptr_t end, const WalkStart& caller) {
  record_unmap(begin, end);
  bool is_recorded = false;
  const MappingTable::Stack* const stack = stack_of(*table_, caller, is_recorded);
  if (is_recorded) add(domain, begin, end, stack);
}

void MappingHold::record_remap(DomainIndex domain, uintptr_t old_begin, uintptr_t old_end, uintptr_t begin,
                               uintptr_t end, const WalkStart& caller) {
  MappingTable& table = *table_;
  forget_stale(old_begin, old_end);
  if (begin == old_begin && end <= old_end) return record_unmap(end, old_end);
  bool is_recorded = false;
  const MappingTable::Stack* const stack = stack_of(table, caller, is_recorded);
  if (!is_recorded) return record_unmap(old_begin, old_end);
  if (begin == old_begin) {
    record_unmap(old_end, end);  // what lay there went unseen
    const uint32_t last = table.find(old_end - 1);
    if (last < table.count() && table[last].begin < old_end && table[last].end == old_end) {
      MappingTable::Mapping whole = table[last];
      table[last].end = end;
      table[last].stack = stack;
      table[last].scope = whole.scope = current_scope();
      return move(whole, whole.begin, end, stack);
    }
    return add(domain, old_end, end, stack);
  }
  record_unmap(begin, end);
  const uint32_t at = table.find(old_begin);
  if (at < table.count() && table[at].begin == old_begin && table[at].end == old_end) {
    MappingTable::Mapping moved = table[at];
    table.erase(at);
    moved.scope = current_scope();
    move(moved, begin, end, stack);
    moved.begin = begin;
    moved.end = end;
    moved.stack = stack;
    if (!table.insert(table.find(begin), moved)) lose();
    return;
  }
  if (at < table.count() && table[at].begin < old_end) domain = table[at].domain;
  record_unmap(old_begin, old_end);
  add(domain, begin, end, stack);
}

}  // namespace heapreel::engine
