#include "engine/memory/control_group.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "engine/memory/proc_file.h"

namespace heapreel::engine::platform {
namespace {

using std::string_view;

constexpr size_t kPathBytes = 4096;

// One line of /proc/self/cgroup, "4:memory:/group"; version 2 names no controllers, "0::/group".
struct Membership {
  string_view controllers;
  string_view path;
};

// As substr(), which is not used because it may throw: it would bring the C++ library into programs that do not have
// it.
string_view piece(string_view text, size_t begin, size_t end) {
  return {text.data() + begin, end - begin};
}

// Takes the next whole line from `text`. False when there is none.
bool next_membership(string_view& text, Membership& membership) {
  const size_t end = text.find('\n');
  if (end == string_view::npos) return false;
  const string_view line = piece(text, 0, end);
  text.remove_prefix(end + 1);
  const size_t first = line.find(':');
  const size_t second = first == string_view::npos ? first : line.find(':', first + 1);
  membership = {};
  if (second == string_view::npos) return true;
  membership = {.controllers = piece(line, first + 1, second), .path = piece(line, second + 1, line.size())};
  return true;
}

bool has_memory(string_view controllers) {
  constexpr string_view kMemory = "memory";
  const size_t at = controllers.find(kMemory);
  if (at == string_view::npos) return false;
  const size_t end = at + kMemory.size();
  return (at == 0 || controllers[at - 1] == ',') && (end == controllers.size() || controllers[end] == ',');
}

// The number in a file; UINT64_MAX when the file says "max", and where there is no such file.
uint64_t number_in(const char* path) {
  char text[32];
  read_proc(path, text, sizeof text);
  if (text[0] < '0' || text[0] > '9') return UINT64_MAX;
  uint64_t number = 0;
  for (const char* at = text; *at >= '0' && *at <= '9'; ++at) {
    const auto digit = static_cast<uint64_t>(*at - '0');
    if (number > (UINT64_MAX - digit) / 10) return UINT64_MAX;
    number = number * 10 + digit;
  }
  return number;
}

// False when there is no room for all of it.
bool join(char (&name)[kPathBytes], std::initializer_list<string_view> pieces) {
  size_t length = 0;
  for (const string_view text : pieces) {
    if (text.size() >= kPathBytes - length) return false;
    std::memcpy(name + length, text.data(), text.size());
    length += text.size();
  }
  name[length] = '\0';
  return true;
}

// The smallest limit of the group at `path` and of all groups above it. In a container without a namespace for groups,
// `path` is the host's, and only the top group can be found.
uint64_t least_up_from(string_view mounts, string_view hierarchy, string_view path, string_view file) {
  uint64_t least = UINT64_MAX;
  for (;;) {
    while (path.ends_with('/')) path.remove_suffix(1);
    char name[kPathBytes];
    if (join(name, {mounts, hierarchy, path, "/", file})) least = std::min(least, number_in(name));
    if (path.empty()) return least;
    const size_t slash = path.rfind('/');
    path = piece(path, 0, slash == string_view::npos ? 0 : slash);
  }
}

}  // namespace

uint64_t control_group_limit(const char* membership, const char* mounts) {
  uint64_t least = UINT64_MAX;
  string_view text = membership;
  for (Membership group; next_membership(text, group);) {
    if (has_memory(group.controllers)) {
      least = std::min(least, least_up_from(mounts, "/memory", group.path, "memory.limit_in_bytes"));
    } else if (group.controllers.empty() && !group.path.empty()) {
      least = std::min(least, least_up_from(mounts, "", group.path, "memory.max"));
      least = std::min(least, least_up_from(mounts, "", group.path, "memory.high"));
    }
  }
  return least;
}

}  // namespace heapreel::engine::platform
