#include "hooks/process/call_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {
namespace {

constinit int g_expected_filters = 0;  // written once, by expect_present_call_filters
// relaxed: set before the filter is, by the thread that sets it
constinit std::atomic<bool> g_filter_may_be_set = false;
constinit std::atomic<int (*)(int, unsigned long, unsigned long, unsigned long, unsigned long)> next_prctl = nullptr;

// Finds lines "Name:<blanks>number" in a text that comes in pieces.
class StatusReader {
 public:
  void read(char c) {
    if (c == '\n') {
      end_line();
    } else if (length_ < sizeof line_ - 1) {
      line_[length_++] = c;
    }
  }

  CallFilters filters() const {
    CallFilters found = {.count = 0, .process = process_};
    // Kernels before 5.9 tell the mode alone.
    if (mode_ == SECCOMP_MODE_FILTER) found.count = count_ > 0 ? count_ : 1;
    return found;
  }

 private:
  void end_line() {
    line_[length_] = '\0';
    length_ = 0;
    note("Pid:", process_);
    note("Seccomp:", mode_);
    note("Seccomp_filters:", count_);
  }

  void note(const char* name, int32_t& number) const {
    const size_t bytes = std::strlen(name);
    if (std::strncmp(line_, name, bytes) != 0) return;
    number = 0;
    for (const char* at = line_ + bytes; *at != '\0'; ++at) {
      if (*at >= '0' && *at <= '9') number = number * 10 + (*at - '0');
    }
  }

  char line_[32] = {};
  size_t length_ = 0;
  int32_t process_ = 0;
  int32_t mode_ = 0;
  int32_t count_ = 0;
};

}  // namespace

CallFilters call_filters_of_process() noexcept {
  StatusReader reader;
  const long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[1024];
  for (;;) {
    const long got = syscall(SYS_read, fd, text, sizeof text);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (long index = 0; index < got; ++index) reader.read(text[index]);
  }
  syscall(SYS_close, fd);
  return reader.filters();
}

void expect_present_call_filters() noexcept {
  g_expected_filters = call_filters_of_process().count;
}

bool has_further_call_filters(CallFilters& filters) noexcept {
  filters = call_filters_of_process();
  return filters.count > g_expected_filters;
}

bool may_have_set_call_filter() noexcept {
  // relaxed: see g_filter_may_be_set
  return g_filter_may_be_set.load(std::memory_order_relaxed);
}

}  // namespace heapreel::hooks

extern "C" {

// Declared under another name: the C library's header has it with variable arguments.
HEAPREEL_EXPORT int heapreel_hook_prctl(int option, unsigned long first, unsigned long second, unsigned long third,
                                        unsigned long fourth) __asm__("prctl");

// Without new rights is how a process that is not root's makes ready to set a filter, by whatever call it does.
int heapreel_hook_prctl(int option, unsigned long first, unsigned long second, unsigned long third,
                        unsigned long fourth) {
  using namespace heapreel::hooks;
  if (option == PR_SET_SECCOMP || (option == PR_SET_NO_NEW_PRIVS && first == 1)) {
    // relaxed: see g_filter_may_be_set
    g_filter_may_be_set.store(true, std::memory_order_relaxed);
  }
  const auto next = next_definition(next_prctl, "prctl");
  if (next == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return next(option, first, second, third, fourth);
}

}  // extern "C"
