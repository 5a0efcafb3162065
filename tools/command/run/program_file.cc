#include "tools/command/run/program_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include "hooks/process/program_kind.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr int kMostInterpreters = 4;  // the kernel's own limit on scripts that run scripts

bool is_file(const std::string& path, struct stat& status) {
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::string find_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  struct stat status {};
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (is_file(candidate, status) && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw usage_error(format("{}: no such program in PATH; a program in this folder is ./{}", name, name));
}

std::string find_program(const std::string& name) {
  if (name.empty()) throw usage_error("the program's name is empty");
  if (name.find('/') == std::string::npos) return find_in_path(name);
  struct stat status {};
  if (stat(name.c_str(), &status) != 0) throw usage_error(format("{}: {}", name, std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) throw usage_error(format("{}: is not a regular file", name));
  if (access(name.c_str(), X_OK) != 0) {
    throw usage_error(
        format("{}: may not be executed: make it executable (chmod +x), or name its interpreter before it", name));
  }
  return name;
}

void check_privileges(const std::string& path) {
  struct stat status {};
  if (!is_file(path, status)) return;
  const bool changes_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid();
  const bool changes_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != getegid();
  const bool gains_capabilities = geteuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  if (changes_user || changes_group || gains_capabilities) {
    throw usage_error(
        format("{}: runs with other rights than yours, so that the loader preloads no library into it: trace a copy of "
               "it without the set-id bit and capabilities",
               path));
  }
}

std::string head_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(256, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return head;
}

// The two words behind "#!": the interpreter and its argument, "" for what is not there.
std::pair<std::string, std::string> script_interpreter(const std::string& head) {
  std::istringstream line(head.substr(2, head.find('\n') - 2));
  std::string interpreter, argument;
  line >> interpreter >> argument;
  return {interpreter, argument};
}

// Checks what can be known before the program is started: nothing is preloaded into a program that would then not
// start.
void check_elf(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw usage_error(format("{}: {}", path, std::strerror(errno)));
  const hooks::ProgramKind kind = hooks::program_kind_of(fd);
  char loader[hooks::kLoaderBytes];
  hooks::loader_of(fd, loader);
  close(fd);
  switch (kind) {
    case hooks::ProgramKind::kUnknown:
      throw usage_error(format("{}: is cut off: it ends before its program header does", path));
    case hooks::ProgramKind::kOtherClass:
      throw usage_error(format(
          "{}: is a 32-bit program, or one for another processor: trace its 64-bit build for this processor", path));
    case hooks::ProgramKind::kStatic:
      throw usage_error(
          format("{}: is statically linked, so that no library can be preloaded into it: link it "
                 "dynamically, or link libheapreel_hooks into it",
                 path));
    case hooks::ProgramKind::kOtherLoader:
      throw usage_error(
          format("{}: is made for the loader {}, but heapreel needs that of the GNU C library: trace a build for glibc",
                 path, loader));
    case hooks::ProgramKind::kSanitized:
      throw usage_error(
          format("{}: is built with a sanitizer, which has a malloc of its own that cannot be replaced: trace a build "
                 "without it",
                 path));
    case hooks::ProgramKind::kTraceable:
    case hooks::ProgramKind::kOtherRights:  // checked with a message of its own
    case hooks::ProgramKind::kOtherRoot:
    case hooks::ProgramKind::kOtherUser:
    case hooks::ProgramKind::kFiltered:
    case hooks::ProgramKind::kValgrind:  // known by the environment that its launcher makes
      break;
  }
}

}  // namespace

std::string traceable_program(const std::string& name) {
  const std::string program = find_program(name);
  std::string path = program;
  for (int depth = 0; depth <= kMostInterpreters; ++depth) {
    check_privileges(path);
    const std::string head = head_of(path);
    if (head.starts_with(ELFMAG)) {
      check_elf(path);
      return program;
    }
    if (!head.starts_with("#!")) break;
    path = script_interpreter(head).first;
    if (access(path.c_str(), X_OK) != 0) {
      throw usage_error(format("{}: its interpreter '{}' cannot be executed: {}", program, path, std::strerror(errno)));
    }
  }
  throw usage_error(
      format("{}: is neither a program nor a script that begins with #!: name the interpreter before it, "
             "as in `heapreel run -- sh {}`",
             path, name));
}

std::string shell_of_script(const std::string& program) {
  constexpr std::string_view kShells[] = {"sh", "dash", "bash", "ksh", "zsh"};
  const std::string head = head_of(program);
  if (!head.starts_with("#!")) return "";
  const auto [first, second] = script_interpreter(head);
  const std::string& interpreter = first == "/usr/bin/env" ? second : first;
  const std::string_view name = std::string_view(interpreter).substr(interpreter.rfind('/') + 1);
  return std::ranges::find(kShells, name) != std::end(kShells) ? interpreter : "";
}

}  // namespace heapreel::tools
