#include "hooks/process/carried_environment.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "hooks/process/call_filter.h"

namespace heapreel::hooks {
namespace {

constexpr char kPreload[] = "LD_PRELOAD=";
constexpr size_t kPreloadBytes = sizeof kPreload - 1;

// Our variables as they were when this process started, "KEY=value"; empty when one was not set. carry_to_children
// writes them once.
constinit char g_library[4096] = {};  // our entry of LD_PRELOAD
constinit char g_frames[sizeof "HEAPREEL=" + sizeof StartRequest::frames] = {};
constinit char g_options[sizeof "HEAPREEL_OPTIONS=" + sizeof StartRequest::options] = {};
constinit bool g_is_carried = false;
constinit long g_user = 0;

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

bool is_ours(const char* variable) {
  return starts_with(variable, "HEAPREEL=") || starts_with(variable, "HEAPREEL_OPTIONS=");
}

// Whether the library is an entry of the list, which blanks or colons separate.
bool names_library(const char* list, const char* library) {
  const size_t bytes = std::strlen(library);
  for (const char* at = list; *at != '\0';) {
    const size_t length = std::strcspn(at, " :");
    if (length == bytes && std::memcmp(at, library, bytes) == 0) return true;
    at += length;
    if (*at != '\0') ++at;
  }
  return false;
}

// Copies the list without our library. False when nothing is left.
bool copy_without_library(const char* list, char* place) {
  char* out = place;
  for (const char* at = list; *at != '\0';) {
    const size_t length = std::strcspn(at, " :");
    if (length != 0 && (length != std::strlen(g_library) || std::memcmp(at, g_library, length) != 0)) {
      if (out != place) *out++ = ':';
      std::memcpy(out, at, length);
      out += length;
    }
    at += length;
    if (*at != '\0') ++at;
  }
  *out = '\0';
  return out != place;
}

void keep_variable(char* place, const char* key, const char* value) {
  std::strcpy(place, key);
  std::strcat(place, value);
}

// Valgrind's launcher executes a static program, which loads the program to be examined and everything that LD_PRELOAD
// names.
bool is_launched_by_valgrind(char* const* envp) {
  for (; envp != nullptr && *envp != nullptr; ++envp) {
    if (starts_with(*envp, "VALGRIND_LAUNCHER=")) return true;
  }
  return false;
}

bool would_suffer(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kOtherLoader:
    case ProgramKind::kOtherClass:
    case ProgramKind::kSanitized:
    case ProgramKind::kOtherRoot:
    case ProgramKind::kOtherUser:
    case ProgramKind::kValgrind:
    case ProgramKind::kFiltered:
      return true;
    case ProgramKind::kTraceable:
    case ProgramKind::kUnknown:
    case ProgramKind::kStatic:  // takes no library, and may execute programs that do
    case ProgramKind::kOtherRights:
      return false;
  }
  return false;
}

}  // namespace

void carry_to_children(const StartRequest& request) noexcept {
  const char* const list = std::getenv("LD_PRELOAD");
  if (list == nullptr) return;
  for (const char* at = list; *at != '\0';) {
    const size_t length = std::strcspn(at, " :");
    if (length != 0 && length < sizeof g_library && memmem(at, length, "libheapreel_preload", 19) != nullptr) {
      std::memcpy(g_library, at, length);
      g_library[length] = '\0';
      break;
    }
    at += length;
    if (*at != '\0') ++at;
  }
  if (*g_library == '\0') return;
  keep_variable(g_frames, "HEAPREEL=", request.frames);
  keep_variable(g_options, "HEAPREEL_OPTIONS=", request.options);
  g_user = syscall(SYS_geteuid);
  expect_present_call_filters();
  g_is_carried = true;
}

bool is_carried_to_children() noexcept {
  return g_is_carried;
}

ProgramKind kind_for_children(ProgramKind kind, char* const* envp) noexcept {
  if (kind == ProgramKind::kStatic && is_launched_by_valgrind(envp)) return ProgramKind::kValgrind;
  if (kind != ProgramKind::kTraceable) return kind;
  if (syscall(SYS_geteuid) != g_user) return ProgramKind::kOtherUser;
  if (syscall(SYS_faccessat, AT_FDCWD, g_library, R_OK) != 0) return ProgramKind::kOtherRoot;
  return kind;
}

size_t carried_environment_bytes(char* const* envp) noexcept {
  size_t count = 0;
  size_t list_bytes = 0;
  for (char* const* entry = envp; entry != nullptr && *entry != nullptr; ++entry) {
    ++count;
    if (starts_with(*entry, kPreload)) list_bytes = std::strlen(*entry);
  }
  constexpr size_t kOurs = 3;
  return (count + kOurs + 1) * sizeof(char*) + kPreloadBytes + std::strlen(g_library) + 1 + list_bytes + 1;
}

char* const* carried_environment(char* const* envp, ProgramKind kind, void* room) noexcept {
  if (kind != ProgramKind::kTraceable && !would_suffer(kind)) return envp;
  size_t count = 0;
  while (envp != nullptr && envp[count] != nullptr) ++count;
  auto** const made = static_cast<char**>(room);
  char* const text = reinterpret_cast<char*>(made + count + 4);
  const char* list = nullptr;
  bool has_frames = false;
  bool has_options = false;
  size_t out = 0;
  for (size_t index = 0; index < count; ++index) {
    char* const entry = envp[index];
    has_frames |= starts_with(entry, "HEAPREEL=");
    has_options |= starts_with(entry, "HEAPREEL_OPTIONS=");
    if (starts_with(entry, kPreload)) {
      list = entry + kPreloadBytes;
    } else if (kind == ProgramKind::kTraceable || !is_ours(entry)) {
      made[out++] = entry;
    }
  }
  std::memcpy(text, kPreload, sizeof kPreload);
  if (kind == ProgramKind::kTraceable) {
    if (list != nullptr && names_library(list, g_library) && has_frames && has_options) return envp;
    char* end = text + kPreloadBytes;
    if (list == nullptr || !names_library(list, g_library)) {
      std::strcpy(end, g_library);
      end += std::strlen(end);
      if (list != nullptr && *list != '\0') *end++ = ':';
    }
    std::strcpy(end, list != nullptr ? list : "");
    made[out++] = text;
    if (!has_frames) made[out++] = g_frames;
    if (!has_options) made[out++] = g_options;
  } else if (list != nullptr && copy_without_library(list, text + kPreloadBytes)) {
    made[out++] = text;
  }
  made[out] = nullptr;
  return made;
}

}  // namespace heapreel::hooks
