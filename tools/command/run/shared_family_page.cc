#include "tools/command/run/shared_family_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "tools/command/console/safe_text.h"
#include "tools/command/console/table_text.h"

namespace heapreel::tools {
namespace {

const char* why_untraced(hooks::ProgramKind kind) {
  switch (kind) {
    case hooks::ProgramKind::kTraceable:
    case hooks::ProgramKind::kUnknown:
      break;
    case hooks::ProgramKind::kStatic:
      return "it is statically linked, so that no library can be preloaded into it";
    case hooks::ProgramKind::kOtherLoader:
      return "it is made for another C library than glibc; what it starts is not recorded either";
    case hooks::ProgramKind::kOtherClass:
      return "it is a 32-bit program, or one for another processor; what it starts is not recorded either";
    case hooks::ProgramKind::kSanitized:
      return "it is built with a sanitizer, which has a malloc of its own; what it starts is not recorded either";
    case hooks::ProgramKind::kOtherRights:
      return "it runs with other rights than its caller's, so that the loader preloads no library into it";
    case hooks::ProgramKind::kOtherRoot:
      return "heapreel's library cannot be reached from its root folder (chroot); what it starts is not recorded "
             "either";
    case hooks::ProgramKind::kOtherUser:
      return "it runs as another user; what it starts is not recorded either";
    case hooks::ProgramKind::kValgrind:
      return "valgrind puts a malloc of its own into it; what it starts is not recorded either";
    case hooks::ProgramKind::kFiltered:
      return "it runs under a filter of system calls (seccomp), which may forbid those that a recording takes; what it "
             "starts is not recorded either";
  }
  return "for a reason that this version does not know";
}

const char* why_not_asked(hooks::NotAsked why) {
  switch (why) {
    case hooks::NotAsked::kNoDescriptor:
      return "they had no descriptor left to ask for memory";
    case hooks::NotAsked::kForbidden:
      return "they may not open a socket, for instance because of a seccomp filter";
    case hooks::NotAsked::kOutOfReach:
      return "they could not reach heapreel, for instance because of another network name space";
    case hooks::NotAsked::kOtherUser:
      return "they ran as another user";
    case hooks::NotAsked::kTooBusy:
      return "the machine was too busy to answer them in time";
    case hooks::NotAsked::kNoMemory:
      return "they could not get the memory or address space to be recorded in";
    case hooks::NotAsked::kFiltered:
      return "they may be under a filter of system calls (seccomp), which may forbid those that a recording takes";
    case hooks::NotAsked::kRawFork:
      return "they were made by the system call itself (clone, _Fork), which heapreel cannot notice";
  }
  return "for a reason that this version does not know";
}

}  // namespace

SharedFamilyPage::SharedFamilyPage() {
  const int fd = memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return;
  void* page = MAP_FAILED;
  // It is sealed, so that no process can take the memory away while the run uses it.
  if (ftruncate(fd, sizeof(hooks::FamilyPage)) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0) {
    page = mmap(nullptr, sizeof(hooks::FamilyPage), PROT_READ, MAP_SHARED, fd, 0);
  }
  if (page == MAP_FAILED) {
    close(fd);
    return;
  }
  fd_ = fd;
  page_ = static_cast<hooks::FamilyPage*>(page);
}

SharedFamilyPage::~SharedFamilyPage() {
  if (fd_ < 0) return;
  munmap(page_, sizeof(hooks::FamilyPage));
  close(fd_);
}

std::vector<SharedFamilyPage::Untraced> SharedFamilyPage::untraced_programs() const {
  std::vector<Untraced> programs;
  if (page_ == nullptr) return programs;
  for (const hooks::FamilyPage::Entry& entry : page_->entries) {
    // [family_page.entry] acquire
    if (entry.state.load(std::memory_order_acquire) != hooks::FamilyPage::Entry::kWritten) continue;
    const size_t length = strnlen(entry.program, hooks::FamilyPage::kProgramBytes);
    programs.push_back(
        {.program = printable({entry.program, length}), .process = entry.process, .why = why_untraced(entry.kind)});
  }
  return programs;
}

uint64_t SharedFamilyPage::untraced_without_room() const {
  // relaxed: a count
  return page_ == nullptr ? 0 : page_->entries_without_room.load(std::memory_order_relaxed);
}

std::vector<SharedFamilyPage::NotAsked> SharedFamilyPage::not_asked() const {
  std::vector<NotAsked> found;
  for (uint32_t why = 0; page_ != nullptr && why < hooks::kNotAskedReasons; ++why) {
    // relaxed: a count
    const uint32_t count = page_->not_asked[why].load(std::memory_order_relaxed);
    if (count != 0) found.push_back({.processes = count, .why = why_not_asked(static_cast<hooks::NotAsked>(why))});
  }
  return found;
}

}  // namespace heapreel::tools
