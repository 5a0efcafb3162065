// Interned (domain, scope, traceback): the key of the trace store. Append-only, as TracebackTable.
#pragma once

#include <cstdint>

#include "engine/memory/stable_table.h"
#include "engine/store/intern_hash.h"
#include "engine/store/intern_index.h"
#include "engine/store/records.h"

namespace heapreel::engine {

class SiteTable {
 public:
  explicit SiteTable(RangePool& ranges) : keys_(ranges), index_(ranges) {}

  // False when address space is spent.
  bool open() { return keys_.make_room(0) && index_.open(); }

  // InternIndex::kNone when memory is spent, or there are StableTable<SiteKey>::kMost.
  SiteId intern(const SiteKey& key) {
    const uint64_t hash = hash_of(key);
    const uint32_t found = index_.find(hash, [&](SiteId id) {
      return keys_[id].traceback == key.traceback && keys_[id].domain == key.domain && keys_[id].scope == key.scope;
    });
    if (found != InternIndex::kNone) return found;
    if (!keys_.make_room(count_)) return InternIndex::kNone;
    const SiteId id = count_;
    if (!index_.add(hash, id, [this](SiteId known) { return hash_of(keys_[known]); })) return InternIndex::kNone;
    keys_[id] = key;
    ++count_;
    StoreMemory::account(sizeof(SiteKey));
    return id;
  }

  uint32_t count() const { return count_; }
  uint64_t bytes_in_use() const { return count_ * sizeof(SiteKey) + index_.bytes_in_use(); }
  const SiteKey& at(SiteId id) const { return keys_[id]; }

  void clear() {
    StoreMemory::account(-static_cast<ptrdiff_t>(count_ * sizeof(SiteKey)));
    count_ = 0;
    index_.clear();
  }

 private:
  static uint64_t hash_of(const SiteKey& key) {
    const uint64_t words[2] = {uint64_t{key.domain} << 32 | key.traceback, key.scope};
    return intern_hash(words, 2, 0);
  }

  StableTable<SiteKey> keys_;
  uint32_t count_ = 0;
  InternIndex index_;
};

}  // namespace heapreel::engine
