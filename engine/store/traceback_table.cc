#include "engine/store/traceback_table.h"

#include <cstring>

#include "engine/store/intern_hash.h"

namespace heapreel::engine {

bool TracebackTable::open() {
  if (!index_.open()) return false;
  // The two entries that stand for a missing traceback have no frames. They differ by id only, and no search finds
  // them.
  return append(0) != nullptr && append(0) != nullptr;
}

StoredTraceback* TracebackTable::append(uint32_t own) {
  const uint32_t words = kBodyWords + own;
  if (!bodies_.make_room(count_)) return nullptr;
  if (chunk_used_ + words > kChunkWords) {
    constexpr uint32_t kMostChunks = 1u << (32 - kWordBits);
    if (chunk_count_ == kMostChunks || !chunks_.make_room(chunk_count_)) return nullptr;
    const ArenaRef fresh = chunk_pool_.take();
    if (fresh == 0) return nullptr;
    chunks_[chunk_count_++] = fresh;
    chunk_used_ = 0;
    StoreMemory::account(sizeof(ArenaRef));
  }
  const Place place = (chunk_count_ - 1) << kWordBits | chunk_used_;
  chunk_used_ += words;
  bodies_[count_++] = place;
  StoreMemory::account(sizeof(Place));
  StoredTraceback* stored = body(place);
  *stored = {};
  stored->own = stored->depth = static_cast<uint16_t>(own);
  return stored;
}

bool TracebackTable::is_equal(const StoredTraceback& stored, const uint64_t* pcs) const {
  bool equal = true;
  for_each_run(stored, [&](const uintptr_t* run, uint32_t count) {
    equal = equal && std::memcmp(run, pcs, count * sizeof(uint64_t)) == 0;
    pcs += count;
  });
  return equal;
}

uint32_t TracebackTable::shared_frames(const StoredTraceback& near, const uint64_t* pcs, uint32_t depth) const {
  uint32_t left = near.depth;  // how many frames of `near` are not compared yet
  uint32_t shared = left < depth ? left : depth;
  for_each_run(near, [&](const uintptr_t* run, uint32_t count) {
    for (uint32_t frame = 0; frame < count; ++frame, --left) {
      if (left <= depth && run[frame] != pcs[depth - left]) shared = left - 1;
    }
  });
  return shared / kSharedFrames * kSharedFrames;
}

TracebackId TracebackTable::intern(const uint64_t* pcs, uint32_t depth, uint32_t total_depth, bool reached_bottom,
                                   bool approximate, uint32_t known_modules, TracebackId near) {
  // A captured stack is another one when its flags, its whole depth or its modules differ.
  const bool any_took_over = modules_ != nullptr && modules_->any_took_over();
  const uint64_t flags = (uint64_t{total_depth} << 2 | uint64_t{reached_bottom} << 1 | uint64_t{approximate}) ^
                         (any_took_over ? modules_->hash_of(pcs, depth, known_modules) : 0);
  const uint64_t hash = intern_hash(pcs, depth, flags);
  const uint32_t found = index_.find(hash, [&](TracebackId id) {
    const StoredTraceback* stored = at(id);
    return stored->hash == hash && stored->depth == depth && stored->total_depth == total_depth &&
           stored->reached_bottom == reached_bottom && stored->approximate == approximate && is_equal(*stored, pcs) &&
           (!any_took_over || modules_->are_same(pcs, depth, stored->known_modules, known_modules));
  });
  if (found != InternIndex::kNone) return found;

  const uint32_t shared = near < count_ ? shared_frames(*at(near), pcs, depth) : 0;
  const TracebackId id = count_;
  StoredTraceback* stored = append(depth - shared);
  if (stored == nullptr || !index_.add(hash, id, [this](TracebackId known) { return at(known)->hash; })) {
    exhausted_ = true;
    return kUnknownTraceback;
  }
  stored->hash = hash;
  stored->depth = static_cast<uint16_t>(depth);
  stored->total_depth = static_cast<uint16_t>(total_depth);
  stored->known_modules = static_cast<uint16_t>(modules_ == nullptr ? known_modules : modules_->settled(known_modules));
  stored->reached_bottom = reached_bottom;
  stored->approximate = approximate;
  std::memcpy(stored->own_pcs(), pcs, stored->own * sizeof(uint64_t));
  if (shared != 0) {
    // The stack that keeps the first of these frames itself, so that no link leads to a stack that only links on.
    Place keeper = bodies_[near];
    while (shared <= uint32_t{body(keeper)->depth} - body(keeper)->own) keeper = body(keeper)->outer;
    stored->outer = keeper;
  }
  return id;
}

void TracebackTable::clear() {
  StoreMemory::account(-static_cast<ptrdiff_t>(count_ * sizeof(Place) + chunk_count_ * sizeof(ArenaRef)));
  while (chunk_count_ > 0) chunk_pool_.give_back(chunks_[--chunk_count_]);
  chunk_used_ = kChunkWords;
  count_ = 0;
  exhausted_ = false;
  index_.clear();
}

}  // namespace heapreel::engine
