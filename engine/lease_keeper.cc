#include "engine/lease_keeper.h"

#include "engine/platform.h"

namespace heapreel::engine {

bool LeaseKeeper::open(uint32_t most) {
  if (pages_ == nullptr) {
    pages_ = static_cast<PageState*>(Arena::reserve(most * sizeof(PageState)));
    free_pages_ = static_cast<uint32_t*>(Arena::reserve(most * sizeof(uint32_t)));
  }
  return pages_ != nullptr && free_pages_ != nullptr;
}

void LeaseKeeper::clear() {
  for (uint32_t page = 0; page < end_; ++page) pages_[page] = {};
  free_count_ = 0;
  end_ = 0;
}

}  // namespace heapreel::engine
