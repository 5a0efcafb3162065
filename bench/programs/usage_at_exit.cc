// Preloaded into a program: when the process ends, appends what it used to the file that BENCH_USAGE_FILE names, as one
// line of JSON. So the CPU time of a program is told apart from that of the processes that record it.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool written = false;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// The most memory that this program had at once. getrusage() would tell that of the process before its exec too.
long peak_kib() {
  char text[4096] = "";
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length < 0 ? 0 : length] = '\0';
  const char* peak = std::strstr(text, "VmHWM:");
  return peak == nullptr ? 0 : std::strtol(peak + 6, nullptr, 10);
}

void write_usage() {
  const char* path = std::getenv("BENCH_USAGE_FILE");
  if (path == nullptr || written) return;
  written = true;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  char program[512] = "";
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  program[length < 0 ? 0 : length] = '\0';
  char line[768];
  const int size = std::snprintf(line, sizeof line,
                                 "{\"program\": \"%s\", \"user_s\": %.6f, \"system_s\": %.6f, \"peak_kib\": %ld}\n",
                                 program, seconds(usage.ru_utime), seconds(usage.ru_stime), peak_kib());
  const int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  // A line that cannot be written is missed by whoever reads the file.
  if (file < 0) return;
  (void)!write(file, line, static_cast<size_t>(size));
  close(file);
}

[[gnu::destructor]] void at_exit() {
  write_usage();
}

}  // namespace

// Programs that end without their destructors call this one.
extern "C" [[gnu::visibility("default")]] void _exit(int status) {
  write_usage();
  for (;;) syscall(SYS_exit_group, status);
}
