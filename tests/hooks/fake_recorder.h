// The log of the fake engine: what the hooks reported, in order, for the thread that asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "engine/tracer/tracer.h"

namespace heapreel::testing {

enum class Kind : uint8_t {
  kAlloc,
  kFree,
  kMove,
  kReallocBegin,
  kReallocEnd,
  kArenaReset,
  kDomainReset,
  kHeap,
  kGameFrame,
  kMark
};

struct Event {
  Kind kind;
  engine::DomainIndex domain = 0;
  const void* p = nullptr;      // the block; the old one of a realloc
  const void* new_p = nullptr;  // the new one of a realloc
  size_t n = 0;
  uintptr_t pc = 0;  // where the stack walk would have begun; not part of equality

  bool operator==(const Event& other) const;
};

Event alloc(const void* p, size_t n, engine::DomainIndex domain = 0);
Event free(const void* p, engine::DomainIndex domain = 0);
Event move(const void* p, const void* new_p, size_t n);
Event realloc_begin(const void* p, engine::DomainIndex domain = 0);
Event realloc_end(const void* p, const void* new_p, size_t n, engine::DomainIndex domain = 0);
std::ostream& operator<<(std::ostream& out, const Event& event);

// Tracing is on, and this thread's events are logged, from construction until `stop` or destruction. One at a
// time.
class Recording {
 public:
  Recording();
  ~Recording();
  void stop();

  // After `stop`. Fails loudly when the log was too small.
  std::vector<Event> events() const;
};

const engine::TracerOptions& last_start_options();
int consolidator_starts();
int unload_notices();

}  // namespace heapreel::testing
