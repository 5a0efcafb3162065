#include "tools/command/run/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/signal_relay.h"

namespace heapreel::tools {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The errno that the child reports through `fd`; 0 when it closed by itself: the program was executed.
int error_from(int fd) {
  int error = 0;
  ssize_t got;
  do {
    got = read(fd, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

// By the page faults of the children that a process has waited for, of which every one has some.
bool has_waited_for_children(pid_t id) {
  std::ifstream file(format("/proc/{}/stat", id));
  std::string line;
  std::getline(file, line);
  const size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return false;
  std::istringstream fields(line.substr(after_name + 1));
  constexpr int kFieldsBefore = 8;
  std::string skipped;
  for (int field = 0; field < kFieldsBefore; ++field) fields >> skipped;
  uint64_t faults_of_children = 0;
  fields >> faults_of_children;
  return faults_of_children != 0;
}

}  // namespace

ChildProcess::ChildProcess(const std::string& path, const std::vector<std::string>& words,
                           const std::vector<std::string>& variables, int inherited_fd)
    : relay_(std::make_unique<SignalRelay>()) {
  std::vector<char*> argv = pointers_to(words);
  std::vector<char*> envp = pointers_to(variables);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) throw unreadable(format("no pipe can be made: {}", std::strerror(errno)));
  id_ = fork();
  if (id_ == 0) {
    relay_->restore_in_child();
    if (inherited_fd >= 0) fcntl(inherited_fd, F_SETFD, 0);
    execve(path.c_str(), argv.data(), envp.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(report[1], &error, sizeof error);
    _exit(127);
  }
  const int fork_error = errno;
  close(report[1]);
  const int error = id_ < 0 ? fork_error : error_from(report[0]);
  close(report[0]);
  if (id_ < 0) throw unreadable(format("no process can be made: {}", std::strerror(error)));
  if (error != 0) {
    waitpid(id_, nullptr, 0);
    throw usage_error(format("{}: cannot be executed: {}", path, std::strerror(error)));
  }
  SignalRelay::set_target(id_);
}

ChildProcess::~ChildProcess() = default;

bool ChildProcess::has_ended() {
  if (ended_) return true;
  siginfo_t change = {};
  if (waitid(P_PID, id_, &change, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0 || change.si_pid != id_) return false;
  const bool had_children = has_waited_for_children(id_);  // to be seen as long as nobody has waited for it
  int status = 0;
  const pid_t changed = waitpid(id_, &status, WNOHANG | WUNTRACED);
  if (changed != id_) return false;
  if (WIFSTOPPED(status)) {
    // The shell that waits for us shall see a stopped job, and what continues us continues the program.
    raise(SIGSTOP);
    kill(id_, SIGCONT);
    return false;
  }
  ended_ = true;
  ending_ = Ending::from_wait_status(status);
  ending_.had_children = had_children;
  SignalRelay::set_target(0);
  return true;
}

}  // namespace heapreel::tools
