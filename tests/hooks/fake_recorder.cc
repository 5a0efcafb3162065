#include "tests/hooks/fake_recorder.h"

#include <ostream>
#include <stdexcept>

#include "tests/hooks/fake_log.h"

namespace heapreel::testing {

bool Event::operator==(const Event& other) const {
  return kind == other.kind && domain == other.domain && p == other.p && new_p == other.new_p && n == other.n;
}

Event alloc(const void* p, size_t n, engine::DomainIndex domain) {
  return {Kind::kAlloc, domain, p, nullptr, n};
}
Event free(const void* p, engine::DomainIndex domain) {
  return {Kind::kFree, domain, p};
}
Event move(const void* p, const void* new_p, size_t n) {
  return {Kind::kMove, 0, p, new_p, n};
}
Event realloc_begin(const void* p, engine::DomainIndex domain) {
  return {Kind::kReallocBegin, domain, p};
}
Event realloc_end(const void* p, const void* new_p, size_t n, engine::DomainIndex domain) {
  return {Kind::kReallocEnd, domain, p, new_p, n};
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
  constexpr const char* kNames[] = {"alloc",       "free",         "move", "realloc_begin", "realloc_end",
                                    "arena_reset", "domain_reset", "heap", "game_frame",    "mark"};
  return out << kNames[static_cast<int>(event.kind)] << "(" << event.domain << ", " << event.p << ", " << event.new_p
             << ", " << event.n << ")";
}

Recording::Recording() {
  fake_log.used = 0;
  logging_thread = true;
  engine::switch_tracing(true);
}

Recording::~Recording() {
  stop();
}

void Recording::stop() {
  engine::switch_tracing(false);
  logging_thread = false;
}

std::vector<Event> Recording::events() const {
  if (fake_log.used > FakeLog::kCapacity) throw std::length_error("the fake engine's log is full");
  return {fake_log.events, fake_log.events + fake_log.used};
}

const engine::TracerOptions& last_start_options() {
  return fake_log.start_options;
}
int consolidator_starts() {
  return fake_log.consolidator_starts;
}
int unload_notices() {
  return fake_log.unload_notices;
}

}  // namespace heapreel::testing
