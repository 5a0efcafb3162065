#include "tools/command/run/silent_members.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>

#include "hooks/process/program_kind.h"
#include "tools/command/console/format.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/process_maps.h"
#include "tools/command/run/process_stat.h"
#include "tools/command/run/shared_family_page.h"

namespace heapreel::tools {
namespace {

constexpr size_t kStatStart = 19;  // process_stat(): when it was made, in ticks since the machine's start

uint64_t start_of(pid_t process) {
  const std::vector<std::string> fields = process_stat(process);
  return fields.size() > kStatStart && fields[kStatState] != "Z"
             ? std::strtoull(fields[kStatStart].c_str(), nullptr, 10)
             : 0;
}

// Empty when it may not be read: another user's process is no member.
std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

SilentMembers::SilentMembers(int page_fd, uint64_t socket)
    : socket_(format("control_socket={}", socket)), first_start_(start_of(getpid())) {
  struct stat status {};
  if (page_fd >= 0 && fstat(page_fd, &status) == 0) page_inode_ = status.st_ino;
}

bool SilentMembers::has_page(const std::string& process) const {
  bool is_there = false;
  if (page_inode_ == 0) return false;
  for_each_mapping(process, [&](const ProcessMapping& mapping) {
    is_there = mapping.inode == page_inode_ && mapping.path.find(SharedFamilyPage::kName) != std::string::npos;
    return !is_there;
  });
  return is_there;
}

// A static program has the variable as well, and never asks.
bool SilentMembers::is_being_loaded(const std::string& process) const {
  if (contents_of(process + "/environ").find(socket_) == std::string::npos) return false;
  int fd = open((process + "/exe").c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_traceable = fd >= 0 && hooks::program_kind_of(fd) == hooks::ProgramKind::kTraceable;
  close_if_open(fd);
  return is_traceable;
}

std::optional<std::vector<SilentMember>> SilentMembers::find() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> all(opendir("/proc"), closedir);
  if (all == nullptr) return std::nullopt;
  try {
    return find_in(*all);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

std::vector<SilentMember> SilentMembers::find_in(DIR& all) const {
  std::vector<SilentMember> found;
  while (const dirent* const entry = readdir(&all)) {
    const auto process = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (process <= 0 || process == getpid() || start_of(process) < first_start_) continue;
    const std::string place = format("/proc/{}", process);
    if (has_page(place)) {
      found.push_back({.process = process, .was_executed = false});
    } else if (is_being_loaded(place)) {
      found.push_back({.process = process, .was_executed = true});
    }
  }
  return found;
}

}  // namespace heapreel::tools
