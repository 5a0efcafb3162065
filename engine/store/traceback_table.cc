#include "engine/store/traceback_table.h"

#include <cstring>

#include "engine/store/intern_hash.h"

namespace heapreel::engine {

bool TracebackTable::open() {
  if (!index_.open()) return false;
  // The two that are none have no frames; they differ by id only and are found by nobody.
  return append(0) != nullptr && append(0) != nullptr;
}

StoredTraceback* TracebackTable::append(uint32_t depth) {
  constexpr uint32_t kUnit = kArenaUnit;
  const uint32_t bytes =
      (static_cast<uint32_t>(sizeof(StoredTraceback) + depth * sizeof(uintptr_t)) + kUnit - 1) / kUnit * kUnit;
  if (!bodies_.make_room(count_)) return nullptr;
  if (chunk_used_ + bytes > kChunkBytes) {
    const ArenaRef fresh = chunks_.take();
    if (fresh == 0) return nullptr;
    std::memcpy(Arena::at(fresh), &chunk_, sizeof(chunk_));
    chunk_ = fresh;
    chunk_used_ = kUnit;
  }
  const ArenaRef body = chunk_ + chunk_used_ / kUnit;
  chunk_used_ += bytes;
  bodies_[count_++] = body;
  StoreMemory::account(sizeof(ArenaRef));
  auto* stored = static_cast<StoredTraceback*>(Arena::at(body));
  *stored = {};
  stored->depth = static_cast<uint16_t>(depth);
  return stored;
}

TracebackId TracebackTable::intern(const uint64_t* pcs, uint32_t depth, uint32_t total_depth, bool reached_bottom,
                                   bool approximate, uint32_t known_modules) {
  // The flags, the whole depth and the modules belong to the identity of the stack as it was captured.
  const bool any_took_over = modules_ != nullptr && modules_->any_took_over();
  const uint64_t flags = (uint64_t{total_depth} << 2 | uint64_t{reached_bottom} << 1 | uint64_t{approximate}) ^
                         (any_took_over ? modules_->hash_of(pcs, depth, known_modules) : 0);
  const uint64_t hash = intern_hash(pcs, depth, flags);
  const uint32_t found = index_.find(hash, [&](TracebackId id) {
    const StoredTraceback* stored = at(id);
    return stored->hash == hash && stored->depth == depth && stored->total_depth == total_depth &&
           stored->reached_bottom == reached_bottom && stored->approximate == approximate &&
           std::memcmp(stored->pcs(), pcs, depth * sizeof(uint64_t)) == 0 &&
           (!any_took_over || modules_->are_same(pcs, depth, stored->known_modules, known_modules));
  });
  if (found != InternIndex::kNone) return found;

  const TracebackId id = count_;
  StoredTraceback* stored = append(depth);
  if (stored == nullptr || !index_.add(hash, id, [this](TracebackId known) { return at(known)->hash; })) {
    exhausted_ = true;
    return kUnknownTraceback;
  }
  stored->hash = hash;
  stored->total_depth = static_cast<uint16_t>(total_depth);
  stored->known_modules = static_cast<uint16_t>(modules_ == nullptr ? known_modules : modules_->settled(known_modules));
  stored->reached_bottom = reached_bottom;
  stored->approximate = approximate;
  std::memcpy(stored->pcs(), pcs, depth * sizeof(uint64_t));
  return id;
}

void TracebackTable::clear() {
  while (chunk_ != 0) {
    ArenaRef before = 0;
    std::memcpy(&before, Arena::at(chunk_), sizeof(before));
    chunks_.give_back(chunk_);
    chunk_ = before;
  }
  chunk_used_ = kChunkBytes;
  StoreMemory::account(-static_cast<ptrdiff_t>(count_ * sizeof(ArenaRef)));
  count_ = 0;
  exhausted_ = false;
  index_.clear();
}

}  // namespace heapreel::engine
