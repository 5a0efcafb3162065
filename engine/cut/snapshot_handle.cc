#include "engine/cut/snapshot_handle.h"

#include "engine/cut/cut.h"

namespace heapreel::engine {

SnapshotHandle::SnapshotHandle(const SnapshotHandle& other) noexcept : request_(other.request_) {
  // relaxed: the copied handle keeps the request alive
  if (is_within_reach(request_)) request_->references.fetch_add(1, std::memory_order_relaxed);
}

SnapshotHandle::~SnapshotHandle() {
  if (is_within_reach(request_)) release_request(*cut_state(), request_);
}

bool SnapshotHandle::ready() const {
  // [request.fulfil] acquire
  return is_within_reach(request_) && request_->state.load(std::memory_order_acquire) != CutRequest::kPending;
}

const FrozenTraces* SnapshotHandle::get() const {
  if (!is_within_reach(request_) || !wait_until_fulfilled(*cut_state(), *request_)) return nullptr;
  if (!Arena::can_look_at_store()) return nullptr;
  return request_->frozen.store_epoch == 0 ? nullptr : &request_->frozen;
}

}  // namespace heapreel::engine
