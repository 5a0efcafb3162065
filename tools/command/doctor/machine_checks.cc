#include "tools/command/doctor/machine_checks.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/memory/control_group.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/preload_path.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

using State = Finding::State;

Finding library() {
  try {
    return {State::kGood, "library",
            format("the library that is preloaded into programs is {}", preload_path(Allocator::kMimalloc))};
  } catch (const CommandError& error) {
    return {State::kProblem, "library", error.what(), "install heapreel as a whole, or set HEAPREEL_PRELOAD_DIR"};
  }
}

Finding shared_memory() {
  constexpr size_t kBytes = 1 << 20;
  const int fd = memfd_create("heapreel-doctor", MFD_CLOEXEC);
  void* memory = MAP_FAILED;
  if (fd >= 0 && ftruncate(fd, kBytes) == 0) {
    memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  const int error = errno;
  if (fd >= 0) close(fd);
  if (memory == MAP_FAILED) {
    return {State::kProblem, "shared memory",
            format("memory cannot be shared between the program and its recording: {}", std::strerror(error)),
            "allow memfd_create() in the container's seccomp profile"};
  }
  munmap(memory, kBytes);
  return {State::kGood, "shared memory", "memory can be shared between the program and its recording"};
}

Finding address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return {State::kGood, "address space", "is not limited"};
  }
  return {State::kNote, "address space", format("is limited to {}", size_text(limit.rlim_cur)),
          "the tracer then takes less of it and may end early: `ulimit -v unlimited`"};
}

Finding file_size() {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return {State::kGood, "file size", "is not limited"};
  }
  return {State::kProblem, "file size",
          format("is limited to {}: nothing can be traced under such a limit", size_text(limit.rlim_cur)),
          "`ulimit -f unlimited`; `run --max-size` limits the reel"};
}

std::string content_of(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Finding memory() {
  const std::string groups = content_of("/proc/self/cgroup");
  const uint64_t limit = engine::platform::control_group_limit(groups.c_str(), "/sys/fs/cgroup");
  // The limit of a group without a limit is one that no machine reaches.
  const uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (limit >= machine) return {State::kGood, "memory", "no control group limits it"};
  constexpr uint64_t kEnough = uint64_t{16} << 30;
  return {limit < kEnough ? State::kNote : State::kGood, "memory",
          format("the container may use {}; the tracer's own memory is then at most a quarter of it", size_text(limit)),
          limit < kEnough ? "a program of millions of live blocks may need `run --memory-budget`" : ""};
}

Finding processors() {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  if (count > 1) return {State::kGood, "processors", format("{}", count)};
  return {State::kNote, "processors", "there is one, which the program and its recording share",
          "times under `run` are not those of the program alone"};
}

Finding disk() {
  struct statvfs disk {};
  if (statvfs(".", &disk) != 0) return {State::kNote, "disk", "this folder cannot be looked at", ""};
  const uint64_t room = uint64_t{disk.f_bavail} * disk.f_frsize;
  constexpr uint64_t kEnough = uint64_t{1} << 30;
  if (access(".", W_OK) != 0) {
    return {State::kNote, "disk", "no file may be made in this folder", "name a reel elsewhere: `run -o`"};
  }
  return {room < kEnough ? State::kNote : State::kGood, "disk", format("{} are free in this folder", size_text(room)),
          room < kEnough ? "an hour of a game may be hundreds of megabytes: `run -o`, `run --max-size`" : ""};
}

Finding debug_files() {
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  if (urls != nullptr && *urls != '\0') {
    return {State::kGood, "debug files", format("servers of debug files are asked with --debuginfod: {}", urls)};
  }
  return {State::kGood, "debug files", "are looked for on this machine alone: DEBUGINFOD_URLS names no server"};
}

Finding other_processes() {
  const std::string scope = content_of("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope[0] == '0') return {State::kGood, "ptrace", "is not restricted; `run` does not need it"};
  return {State::kGood, "ptrace", format("is restricted (scope {}); `run` does not need it", scope.substr(0, 1))};
}

}  // namespace

std::vector<Finding> check_machine() {
  return {library(),    shared_memory(), address_space(), file_size(),      memory(),
          processors(), disk(),          debug_files(),   other_processes()};
}

}  // namespace heapreel::tools
