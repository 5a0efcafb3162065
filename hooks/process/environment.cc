#include "hooks/process/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace heapreel::hooks {
namespace {

constexpr char kFrames[] = "HEAPREEL=";
constexpr char kOptions[] = "HEAPREEL_OPTIONS=";
constexpr char kPreload[] = "LD_PRELOAD=";

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// Reads the environment byte by byte (its entries end in '\0') and keeps the two variables that it knows.
class RequestReader {
 public:
  explicit RequestReader(StartRequest& request) : request_(request) { request_ = {}; }

  void read(char c) {
    if (c == '\0') {
      finish_entry();
    } else if (length_ < sizeof entry_ - 1) {
      entry_[length_++] = c;
    } else {
      overflown_ = true;
    }
  }

 private:
  void finish_entry() {
    entry_[length_] = '\0';
    if (starts_with(entry_, kFrames)) {
      keep(request_.frames, sizeof request_.frames, sizeof kFrames - 1);
    } else if (starts_with(entry_, kOptions)) {
      keep(request_.options, sizeof request_.options, sizeof kOptions - 1);
    }
    length_ = 0;
    overflown_ = false;
  }

  void keep(char* value, size_t capacity, size_t prefix) {
    request_.present = true;
    if (overflown_ || length_ - prefix >= capacity) {
      request_.too_long = true;
    } else {
      std::memcpy(value, entry_ + prefix, length_ - prefix + 1);
    }
  }

  StartRequest& request_;
  size_t length_ = 0;
  bool overflown_ = false;
  char entry_[sizeof kOptions + sizeof StartRequest::options];
};

bool read_proc_environ(RequestReader& reader) {
  const int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buffer[1024];
  ssize_t got;
  do {
    got = ::read(fd, buffer, sizeof buffer);
    for (ssize_t i = 0; i < got; ++i) reader.read(buffer[i]);
  } while (got > 0 || (got < 0 && errno == EINTR));
  close(fd);
  return got == 0;
}

// Whether this entry of LD_PRELOAD is one of our libraries, wherever it is installed.
bool is_ours(const char* entry, size_t length) {
  for (const char* const name : {"libheapreel_preload.so", "libheapreel_preload_system.so"}) {
    const size_t n = std::strlen(name);
    if (length < n || std::memcmp(entry + length - n, name, n) != 0) continue;
    if (length == n || entry[length - n - 1] == '/') return true;
  }
  return false;
}

// Takes our entries out of the list, which spaces or colons separate, and says whether any other is left.
bool remove_from_preload_list(char* list) {
  char* out = list;
  for (const char* in = list; *in != '\0';) {
    const size_t length = std::strcspn(in, " :");
    if (length != 0 && !is_ours(in, length)) {
      if (out != list) *out++ = ':';
      std::memmove(out, in, length);
      out += length;
    }
    in += length;
    if (*in != '\0') ++in;
  }
  *out = '\0';
  return out != list;
}

// Takes our library out of an LD_PRELOAD that names others, too.
bool belongs_to_request(char* entry) {
  if (starts_with(entry, kFrames) || starts_with(entry, kOptions)) return true;
  return starts_with(entry, kPreload) && !remove_from_preload_list(entry + sizeof kPreload - 1);
}

}  // namespace

bool read_start_request(StartRequest& request) noexcept {
  RequestReader reader(request);
  if (environ == nullptr) return read_proc_environ(reader);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    for (const char* c = *entry; *c != '\0'; ++c) reader.read(*c);
    reader.read('\0');
  }
  return true;
}

void remove_start_request() noexcept {
  char** const first = environ;
  char** end = first;
  while (*end != nullptr) ++end;
  char** out = end;
  for (char** entry = end; entry != first;) {
    if (!belongs_to_request(*--entry)) *--out = *entry;
  }
  static char nothing[] = "";
  for (char** unused = first; unused != out; ++unused) *unused = out != end ? *out : nothing;
  environ = out;
}

}  // namespace heapreel::hooks
