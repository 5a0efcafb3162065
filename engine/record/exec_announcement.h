// A process announces here that another program is about to replace it. The hooks are gone with the process's memory,
// so that nothing is heard of it afterwards.
//
// Sync edges:
//   [exec_announcement.announce]  state_: release in announce -> acquire in is_announced. Carries the program's name.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace heapreel::engine {

class ExecAnnouncement {
 public:
  static constexpr size_t kProgramBytes = 512;

  // Async-signal-safe. The name is cut to kProgramBytes - 1 bytes. When several threads announce at once, the first one
  // counts.
  void announce(const char* program) {
    uint32_t stays = kStays;
    // relaxed: claims the name's place; the release below publishes it
    if (!state_.compare_exchange_strong(stays, kAnnouncing, std::memory_order_relaxed)) return;
    std::strncpy(program_, program, kProgramBytes - 1);
    program_[kProgramBytes - 1] = '\0';
    // [exec_announcement.announce] release
    state_.store(kAnnounced, std::memory_order_release);
  }

  // Takes the announcement back, because the program could not be executed.
  void withdraw() {
    // relaxed: whoever saw the announcement checks whether the process still has its memory
    state_.store(kStays, std::memory_order_relaxed);
  }

  bool is_announced() const {
    // [exec_announcement.announce] acquire
    return state_.load(std::memory_order_acquire) == kAnnounced;
  }
  // The program's name, as the process gave it. Valid when announced.
  std::string_view program() const { return {program_, strnlen(program_, kProgramBytes)}; }

 private:
  enum : uint32_t { kStays, kAnnouncing, kAnnounced };

  std::atomic<uint32_t> state_{kStays};
  char program_[kProgramBytes] = {};
};

}  // namespace heapreel::engine
