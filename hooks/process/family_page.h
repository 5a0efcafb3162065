// Memory that all processes of a followed program share with their run. In it they tell the run, without asking, which
// programs they execute that cannot be recorded, and which forked children could not ask for an arena. It survives
// fork, and an executed program gets it again with the answer to its request.
//
// Async-signal-safe and usable in a vfork child: plain stores and atomic words. The run treats what it reads as
// hostile.
//
// Sync edges:
//   [family_page.entry]  Entry::state: release in write_entry -> acquire in the run. Carries the entry's other fields.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heapreel::hooks {

// Why a program cannot be recorded when it is executed.
enum class ProgramKind : uint32_t {
  kTraceable,
  kUnknown,      // no program that this process can read: it is left as it is
  kStatic,       // no library can be preloaded into it
  kOtherLoader,  // made for another C library's loader
  kOtherClass,   // a 32-bit program, or of another processor
  kSanitized,    // brings a sanitizer's malloc
  kOtherRights,  // set-user-id and the like: its loader takes no library from its caller
  kOtherRoot,    // heapreel's library cannot be reached from its root folder
  kOtherUser,    // executed by another user than the run's
  kValgrind,     // interprets another program, whose malloc it replaces
  kFiltered,     // executed under filters of system calls (seccomp) that the run does not have
};

// Why a forked child could not ask for an arena.
enum class NotAsked : uint32_t {
  kNoDescriptor,
  kForbidden,
  kOutOfReach,
  kOtherUser,
  kTooBusy,
  kNoMemory,
  kRawFork,
  kFiltered
};
inline constexpr uint32_t kNotAskedReasons = 8;

struct FamilyPage {
  static constexpr uint32_t kEntries = 250;
  static constexpr size_t kProgramBytes = 240;

  struct Entry {
    enum State : uint32_t { kFree, kBeingWritten, kWritten };
    std::atomic<uint32_t> state{kFree};
    ProgramKind kind = ProgramKind::kTraceable;
    int32_t process = 0;  // 0: not known
    char program[kProgramBytes] = {};
  };

  std::atomic<uint32_t> not_asked[kNotAskedReasons] = {};
  std::atomic<uint32_t> entries_without_room{0};
  Entry entries[kEntries];
};

// The page of this process; null while it has none. Set once, before the process can have children.
[[gnu::visibility("hidden")]] extern FamilyPage* g_family_page;

// Null when there is no page, and when the page has no room, which is counted.
FamilyPage::Entry* write_entry(ProgramKind kind, const char* program, int32_t process) noexcept;
// Takes the entry back, because the program could not be executed. Null is ignored.
void withdraw_entry(FamilyPage::Entry* entry) noexcept;
// Counts a child that could not ask. False when there is no page.
bool count_not_asked(NotAsked why) noexcept;

}  // namespace heapreel::hooks
