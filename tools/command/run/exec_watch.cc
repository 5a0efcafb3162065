#include "tools/command/run/exec_watch.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/memory/arena.h"
#include "engine/memory/platform.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr uint64_t kOftenNs = 2'000'000;
constexpr uint64_t kRarelyNs = 250'000'000;

uint64_t inode_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

ExecWatch::ExecWatch(pid_t process, int arena_fd, const engine::TracerState& state)
    : process_(process), arena_inode_(inode_of(arena_fd)), state_(state) {}

bool ExecWatch::has_executed_another() {
  const uint64_t now = engine::platform::monotonic_ns();
  const bool announced = state_.exec_announcement.is_announced();
  if (now - last_look_ns_ < (announced ? kOftenNs : kRarelyNs)) return false;
  last_look_ns_ = now;
  if (arena_is_mapped()) return false;
  std::error_code error;
  program_ = std::filesystem::read_symlink(format("/proc/{}/exe", process_), error);
  if (program_.empty() && announced) program_ = state_.exec_announcement.program();
  return announced || !program_.empty();
}

bool ExecWatch::had_executed_another() {
  if (!state_.exec_announcement.is_announced()) return false;
  program_ = state_.exec_announcement.program();
  return true;
}

// The lines of a process's memory map ascend: all up to the arena's have to be looked at. True when in doubt: a
// process that ends has no map any more, but a program that is merely not ours to look at has.
bool ExecWatch::arena_is_mapped() const {
  std::ifstream maps(format("/proc/{}/maps", process_));
  const auto base = reinterpret_cast<uintptr_t>(engine::Arena::header());
  bool has_lines = false;
  for (std::string line; std::getline(maps, line);) {
    has_lines = true;
    std::istringstream fields(line);
    uintptr_t begin = 0;
    uint64_t inode = 0;
    std::string skipped;
    fields >> std::hex >> begin;
    if (begin < base) continue;
    fields >> skipped >> skipped >> skipped >> skipped >> std::dec >> inode;
    return begin == base && inode == arena_inode_;
  }
  // Nothing to be read: it may be ending, or of other rights since it executed a program that has them.
  return !(has_lines || state_.exec_announcement.is_announced());
}

}  // namespace heapreel::tools
