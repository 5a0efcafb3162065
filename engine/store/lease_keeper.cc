#include "engine/store/lease_keeper.h"

namespace heapreel::engine {

void LeaseKeeper::clear() {
  for (uint32_t page = 0; page < end_; ++page) pages_[page] = {};
  StoreMemory::account(-static_cast<ptrdiff_t>(end_) * kEntryBytes);
  free_count_ = 0;
  end_ = 0;
  withheld_ = false;
}

}  // namespace heapreel::engine
