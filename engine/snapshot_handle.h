// A reference to a frozen state. Copies share it; the last to go lets the consolidator reuse what only it could see.
// Any thread.
#pragma once

#include <utility>

#include "engine/store/frozen_traces.h"

namespace heapreel::engine {

struct CutRequest;

class SnapshotHandle {
 public:
  SnapshotHandle() = default;
  explicit SnapshotHandle(CutRequest* request) : request_(request) {}  // takes over one reference
  SnapshotHandle(const SnapshotHandle& other) noexcept;
  SnapshotHandle(SnapshotHandle&& other) noexcept : request_(std::exchange(other.request_, nullptr)) {}
  SnapshotHandle& operator=(SnapshotHandle other) noexcept {
    std::swap(request_, other.request_);
    return *this;
  }
  ~SnapshotHandle();

  explicit operator bool() const { return request_ != nullptr; }

  // Whether the state is frozen already.
  bool ready() const;
  // The state; waits until it is frozen. Null for an empty handle, when memory was spent, in a forked child, or when
  // the consolidator shows no sign of life for 5 seconds.
  const FrozenTraces* get() const;

 private:
  // Not in a forked child, for a state of its parent's.
  bool is_within_reach() const;

  CutRequest* request_ = nullptr;
};

}  // namespace heapreel::engine
