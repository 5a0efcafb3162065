#include "tools/command/run/exec_watch.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "engine/memory/arena.h"
#include "engine/memory/platform.h"
#include "tools/command/console/format.h"
#include "tools/command/run/process_maps.h"

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

// True when in doubt. A process that ends has no map any more, but a program that we may not look at has one.
bool ExecWatch::arena_is_mapped() const {
  const auto base = reinterpret_cast<uintptr_t>(engine::Arena::header());
  bool is_mapped = false;
  const bool has_map = for_each_mapping(format("/proc/{}", process_), [&](const ProcessMapping& mapping) {
    is_mapped = mapping.begin == base && mapping.inode == arena_inode_;
    return mapping.begin < base;
  });
  // Nothing can be read: it may be ending, or have other rights since it executed a program.
  return is_mapped || !(has_map || state_.exec_announcement.is_announced());
}

}  // namespace heapreel::tools
