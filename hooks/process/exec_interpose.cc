// Hooks of the functions by which a process replaces itself by another program, or starts one. The hooks are gone with
// the process's memory, so that the recorder must be told. Where children are followed, the recording is carried into
// the new program, or the recorder is told why it cannot be.
//
// Everything here may run in a vfork child, on its parent's memory and beside its parent's threads, and in a signal
// handler: it takes no lock, allocates nothing, and looks up no symbols after the constructor has run.
#include <alloca.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"
#include "hooks/process/call_filter.h"
#include "hooks/process/carried_environment.h"
#include "hooks/process/family_page.h"
#include "hooks/process/program_kind.h"

namespace heapreel::hooks {
namespace {

// The functions that do the work; the others are made from them, as in the C library.
constinit std::atomic<int (*)(const char*, char* const*, char* const*)> next_execve = nullptr;
constinit std::atomic<int (*)(const char*, char* const*, char* const*)> next_execvpe = nullptr;
constinit std::atomic<int (*)(int, const char*, char* const*, char* const*, int)> next_execveat = nullptr;
constinit std::atomic<int (*)(int, char* const*, char* const*)> next_fexecve = nullptr;

[[gnu::constructor]] void find_next_definitions() {
  next_definition(next_execve, "execve");
  next_definition(next_execvpe, "execvpe");
  next_definition(next_execveat, "execveat");
  next_definition(next_fexecve, "fexecve");
}

// What has to be done about a program that a followed process executes, and which process that is.
struct Executed {
  ProgramKind kind = ProgramKind::kUnknown;
  int32_t process = 0;  // 0: not known without asking
};

// Filters are looked at first, because under them nothing else is asked.
template <class Look>
Executed executed_program(char* const* envp, Look&& look) {
  if (!is_carried_to_children()) return {};
  if (CallFilters filters; has_further_call_filters(filters)) {
    return {.kind = ProgramKind::kFiltered, .process = filters.process};
  }
  return {.kind = kind_for_children(look(), envp)};
}

Executed executed_at(int folder_fd, const char* path, char* const* envp) {
  return executed_program(envp,
                          [&] { return path != nullptr ? program_kind_at(folder_fd, path) : ProgramKind::kUnknown; });
}

Executed executed_of(int fd, char* const* envp) {
  return executed_program(envp, [&] { return program_kind_of(fd); });
}

// Finds the file as execvp does: the first one in PATH that may be executed.
ProgramKind kind_in_path(const char* file) {
  if (file == nullptr) return ProgramKind::kUnknown;
  if (*file == '\0' || std::strchr(file, '/') != nullptr) return program_kind_at(AT_FDCWD, file);
  const char* folders = std::getenv("PATH");
  if (folders == nullptr) folders = "/bin:/usr/bin";
  for (;;) {
    char candidate[1024];
    const size_t length = std::strcspn(folders, ":");
    const size_t name_bytes = std::strlen(file) + 1;
    if (length + 1 + name_bytes <= sizeof candidate) {
      std::memcpy(candidate, folders, length);
      candidate[length] = '/';
      std::memcpy(candidate + (length == 0 ? 0 : length + 1), file, name_bytes);
      if (syscall(SYS_faccessat, AT_FDCWD, candidate, X_OK) == 0) {
        const ProgramKind kind = program_kind_at(AT_FDCWD, candidate);
        if (kind != ProgramKind::kUnknown) return kind;
      }
    }
    folders += length;
    if (*folders++ == '\0') return ProgramKind::kUnknown;
  }
}

Executed executed_from_path(const char* file, char* const* envp) {
  return executed_program(envp, [file] { return kind_in_path(file); });
}

bool is_lost(ProgramKind kind) {
  return kind != ProgramKind::kTraceable && kind != ProgramKind::kUnknown;
}

// Returns only when the call failed. `call` gets the environment that the program is to have.
template <class Function, class Call>
int replace_process(Function* function, const char* program, Executed executed, char* const* envp, Call&& call) {
  if (function == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  if (program == nullptr) program = "";
  const bool is_carried = is_carried_to_children();
  if (is_carried) envp = carried_environment(envp, executed.kind, alloca(carried_environment_bytes(envp)));
  FamilyPage::Entry* entry = nullptr;
  if (is_carried && is_lost(executed.kind)) {
    entry = write_entry(executed.kind, program, executed.process != 0 ? executed.process : getpid());
  }
  engine::announce_exec(program);
  const int result = call(function, envp);
  const int error = errno;
  engine::withdraw_exec();
  withdraw_entry(entry);
  errno = error;
  return result;
}

int execute(const char* path, char* const* argv, char* const* envp) {
  return replace_process(next_definition(next_execve, "execve"), path, executed_at(AT_FDCWD, path, envp), envp,
                         [&](auto* next, char* const* variables) { return next(path, argv, variables); });
}

int execute_from_path(const char* file, char* const* argv, char* const* envp) {
  return replace_process(next_definition(next_execvpe, "execvpe"), file, executed_from_path(file, envp), envp,
                         [&](auto* next, char* const* variables) { return next(file, argv, variables); });
}

using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,
                  char* const*);
constinit std::atomic<Spawn*> next_spawn = nullptr;
constinit std::atomic<Spawn*> next_spawnp = nullptr;

[[gnu::constructor]] void find_next_spawns() {
  next_definition(next_spawn, "posix_spawn");
  next_definition(next_spawnp, "posix_spawnp");
}

int spawn(Spawn* next, Executed executed, pid_t* process, const char* program,
          const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes, char* const* argv,
          char* const* envp) {
  if (next == nullptr) return ENOSYS;
  if (!is_carried_to_children()) return next(process, program, actions, attributes, argv, envp);
  envp = carried_environment(envp, executed.kind, alloca(carried_environment_bytes(envp)));
  pid_t started = 0;
  FamilyPage::Entry* const entry = is_lost(executed.kind) ? write_entry(executed.kind, program, 0) : nullptr;
  const int result = next(&started, program, actions, attributes, argv, envp);
  if (result != 0) withdraw_entry(entry);
  if (result == 0 && entry != nullptr) entry->process = static_cast<int32_t>(started);
  if (result == 0 && process != nullptr) *process = started;
  return result;
}

// How many words a variable argument list has up to its null pointer, with `first` and that null pointer.
size_t count_words(va_list words) {
  va_list rest;
  va_copy(rest, words);
  size_t count = 2;
  while (va_arg(rest, char*) != nullptr) ++count;
  va_end(rest);
  return count;
}

void take_words(va_list words, const char* first, size_t count, char** argv) {
  argv[0] = const_cast<char*>(first);
  for (size_t word = 1; word < count; ++word) argv[word] = va_arg(words, char*);
}

}  // namespace
}  // namespace heapreel::hooks

// The words of `...` after `first`, as an array on this function's stack.
#define HEAPREEL_TAKE_WORDS(argv, words, first)                                  \
  const size_t argv##_count = heapreel::hooks::count_words(words);               \
  auto** const argv = static_cast<char**>(alloca(argv##_count * sizeof(char*))); \
  heapreel::hooks::take_words(words, first, argv##_count, argv)

extern "C" {

HEAPREEL_EXPORT int execve(const char* path, char* const argv[], char* const envp[]) noexcept {
  return heapreel::hooks::execute(path, argv, envp);
}

HEAPREEL_EXPORT int execv(const char* path, char* const argv[]) noexcept {
  return heapreel::hooks::execute(path, argv, environ);
}

HEAPREEL_EXPORT int execvpe(const char* file, char* const argv[], char* const envp[]) noexcept {
  return heapreel::hooks::execute_from_path(file, argv, envp);
}

HEAPREEL_EXPORT int execvp(const char* file, char* const argv[]) noexcept {
  return heapreel::hooks::execute_from_path(file, argv, environ);
}

HEAPREEL_EXPORT int execl(const char* path, const char* first, ...) noexcept {
  va_list words;
  va_start(words, first);
  HEAPREEL_TAKE_WORDS(argv, words, first);
  va_end(words);
  return heapreel::hooks::execute(path, argv, environ);
}

HEAPREEL_EXPORT int execlp(const char* file, const char* first, ...) noexcept {
  va_list words;
  va_start(words, first);
  HEAPREEL_TAKE_WORDS(argv, words, first);
  va_end(words);
  return heapreel::hooks::execute_from_path(file, argv, environ);
}

HEAPREEL_EXPORT int execle(const char* path, const char* first, ...) noexcept {
  va_list words;
  va_start(words, first);
  HEAPREEL_TAKE_WORDS(argv, words, first);
  char* const* const envp = va_arg(words, char* const*);
  va_end(words);
  return heapreel::hooks::execute(path, argv, envp);
}

HEAPREEL_EXPORT int fexecve(int fd, char* const argv[], char* const envp[]) noexcept {
  using namespace heapreel::hooks;
  return replace_process(next_definition(next_fexecve, "fexecve"), argv[0], executed_of(fd, envp), envp,
                         [&](auto* next, char* const* variables) { return next(fd, argv, variables); });
}

HEAPREEL_EXPORT int execveat(int fd, const char* path, char* const argv[], char* const envp[], int flags) noexcept {
  using namespace heapreel::hooks;
  // The C library's header declares that it is not null, but the kernel accepts null, too.
  const char* const volatile given = path;
  const char* const name = given;
  const bool is_fd = (flags & AT_EMPTY_PATH) != 0 && name != nullptr && *name == '\0';
  const Executed executed = is_fd ? executed_of(fd, envp) : executed_at(fd, path, envp);
  return replace_process(next_definition(next_execveat, "execveat"), is_fd ? argv[0] : path, executed, envp,
                         [&](auto* next, char* const* variables) { return next(fd, path, argv, variables, flags); });
}

HEAPREEL_EXPORT int posix_spawn(pid_t* process, const char* path, const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const argv[], char* const envp[]) {
  using namespace heapreel::hooks;
  return spawn(next_definition(next_spawn, "posix_spawn"), executed_at(AT_FDCWD, path, envp), process, path, actions,
               attributes, argv, envp);
}

HEAPREEL_EXPORT int posix_spawnp(pid_t* process, const char* file, const posix_spawn_file_actions_t* actions,
                                 const posix_spawnattr_t* attributes, char* const argv[], char* const envp[]) {
  using namespace heapreel::hooks;
  return spawn(next_definition(next_spawnp, "posix_spawnp"), executed_from_path(file, envp), process, file, actions,
               attributes, argv, envp);
}

}  // extern "C"
