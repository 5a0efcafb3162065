#include "hooks/process/family_page.h"

#include <cstring>

namespace heapreel::hooks {

constinit FamilyPage* g_family_page = nullptr;

FamilyPage::Entry* write_entry(ProgramKind kind, const char* program, int32_t process) noexcept {
  if (g_family_page == nullptr) return nullptr;
  for (FamilyPage::Entry& entry : g_family_page->entries) {
    uint32_t free = FamilyPage::Entry::kFree;
    // relaxed: claims the entry; the release below publishes it
    if (!entry.state.compare_exchange_strong(free, FamilyPage::Entry::kBeingWritten, std::memory_order_relaxed))
      continue;
    entry.kind = kind;
    entry.process = process;
    std::strncpy(entry.program, program, FamilyPage::kProgramBytes - 1);
    entry.program[FamilyPage::kProgramBytes - 1] = '\0';
    // [family_page.entry] release
    entry.state.store(FamilyPage::Entry::kWritten, std::memory_order_release);
    return &entry;
  }
  // relaxed: a count
  g_family_page->entries_without_room.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

void withdraw_entry(FamilyPage::Entry* entry) noexcept {
  // relaxed: nothing is published with it
  if (entry != nullptr) entry->state.store(FamilyPage::Entry::kFree, std::memory_order_relaxed);
}

bool count_not_asked(NotAsked why) noexcept {
  if (g_family_page == nullptr) return false;
  // relaxed: a count
  g_family_page->not_asked[static_cast<uint32_t>(why)].fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace heapreel::hooks
