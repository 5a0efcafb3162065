// A reference to a frozen state. Copies share it; when the last copy goes, the consolidator may reuse what only this
// state could see. Any thread. In a forked child, however it was made, a handle of the parent refers to nothing.
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

  // Whether the state is frozen already. False in a forked child.
  bool ready() const;
  // The state; waits until it is frozen. Null for an empty handle, when memory was spent, in a forked child, or when
  // the consolidator shows no sign of life for 5 seconds.
  const FrozenTraces* get() const;

 private:
  CutRequest* request_ = nullptr;
};

// Whether `place` is in the arena of this process's tracer, whichever copy of the engine has it. In a forked child that
// is never so for the parent's memory, which is not mapped there or is empty.
bool is_within_reach(const void* place);

}  // namespace heapreel::engine
