// What a process announces before it replaces itself by another program: with its memory the hooks are gone, and this
// is the last that is heard of it.
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

  // Async-signal-safe. The name is cut to kProgramBytes - 1 bytes. Of threads that race to be replaced, the first is
  // believed.
  void announce(const char* program) {
    uint32_t stays = kStays;
    // relaxed: claims the name's place; the release below publishes it
    if (!state_.compare_exchange_strong(stays, kAnnouncing, std::memory_order_relaxed)) return;
    std::strncpy(program_, program, kProgramBytes - 1);
    program_[kProgramBytes - 1] = '\0';
    // [exec_announcement.announce] release
    state_.store(kAnnounced, std::memory_order_release);
  }

  // It came to nothing: the process is still there to say so.
  void withdraw() {
    // relaxed: whoever believed the announcement looks again whether the process still has its memory
    state_.store(kStays, std::memory_order_relaxed);
  }

  bool is_announced() const {
    // [exec_announcement.announce] acquire
    return state_.load(std::memory_order_acquire) == kAnnounced;
  }
  // As the process called it; valid when announced.
  std::string_view program() const { return {program_, strnlen(program_, kProgramBytes)}; }

 private:
  enum : uint32_t { kStays, kAnnouncing, kAnnounced };

  std::atomic<uint32_t> state_{kStays};
  char program_[kProgramBytes] = {};
};

}  // namespace heapreel::engine
