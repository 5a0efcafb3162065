// The ways a process replaces itself by another program: whoever records it is told, for the hooks go with the memory.
//
// Everything here may run in a vfork child, on its parent's memory and beside its parent's threads, and in a signal
// handler: no lock, no allocation, no look-up of symbols but before the constructor has run.
#include <alloca.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>

#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {
namespace {

// The functions that do it; the others are made from them, as in the C library.
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

// Comes back only when it failed.
template <class Function, class... Arguments>
int replace_process(Function* function, const char* program, Arguments... arguments) {
  if (function == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  engine::announce_exec(program != nullptr ? program : "");
  const int result = function(arguments...);
  const int error = errno;
  engine::withdraw_exec();
  errno = error;
  return result;
}

int execute(const char* path, char* const* argv, char* const* envp) {
  return replace_process(next_definition(next_execve, "execve"), path, path, argv, envp);
}

int execute_from_path(const char* file, char* const* argv, char* const* envp) {
  return replace_process(next_definition(next_execvpe, "execvpe"), file, file, argv, envp);
}

// Words of a variable argument list up to its null pointer, `first` and that null pointer included.
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
  return replace_process(next_definition(next_fexecve, "fexecve"), argv[0], fd, argv, envp);
}

HEAPREEL_EXPORT int execveat(int fd, const char* path, char* const argv[], char* const envp[], int flags) noexcept {
  using namespace heapreel::hooks;
  return replace_process(next_definition(next_execveat, "execveat"), path, fd, path, argv, envp, flags);
}

}  // extern "C"
