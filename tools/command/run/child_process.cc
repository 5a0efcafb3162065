#include "tools/command/run/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/process_stat.h"
#include "tools/command/run/signal_relay.h"

namespace heapreel::tools {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

ssize_t read_all(int fd, void* place, size_t bytes) {
  ssize_t got;
  do {
    got = read(fd, place, bytes);
  } while (got < 0 && errno == EINTR);
  return got;
}

// Judges by the page faults of the children that a process has waited for, because every child has some.
bool has_waited_for_children(pid_t id) {
  const std::vector<std::string> fields = process_stat(id);
  return fields.size() > kStatFaultsOfChildren && fields[kStatFaultsOfChildren] != "0";
}

// Executes the program in place of this process.
[[noreturn]] void become(const ChildProcess::Program& program, const std::vector<char*>& argv, int why) {
  std::fputs(
      format("heapreel: no process can be made ({}): {} runs untraced, in place of heapreel, and no reel is written\n",
             std::strerror(why), program.path)
          .c_str(),
      stderr);
  execve(program.path.c_str(), argv.data(), environ);
  throw usage_error(format("{}: cannot be executed: {}", program.path, std::strerror(errno)));
}

}  // namespace

ChildProcess::ChildProcess(const Program& program) : relay_(std::make_unique<SignalRelay>()), path_(program.path) {
  std::vector<char*> argv = pointers_to(program.words);
  std::vector<char*> traced = pointers_to(program.traced_variables);
  int go[2] = {-1, -1};
  int report[2] = {-1, -1};
  const bool has_pipes = pipe2(go, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0;
  id_ = has_pipes ? fork() : -1;
  if (id_ < 0) {
    const int error = errno;
    for (int fd : {go[0], go[1], report[0], report[1]}) close_if_open(fd);
    relay_->restore_in_child();
    become(program, argv, error);
  }
  if (id_ == 0) {
    close(go[1]);
    char is_traced = 0;
    // When the pipe is closed without a word, because the run is gone already, the program runs untraced.
    if (read_all(go[0], &is_traced, 1) != 1) is_traced = 0;
    relay_->restore_in_child();
    if (is_traced != 0 && program.inherited_fd >= 0) fcntl(program.inherited_fd, F_SETFD, 0);
    execve(path_.c_str(), argv.data(), is_traced != 0 ? traced.data() : environ);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(report[1], &error, sizeof error);
    _exit(127);
  }
  close(go[0]);
  close(report[1]);
  go_fd_ = go[1];
  report_fd_ = report[0];
}

ChildProcess::~ChildProcess() {
  close_if_open(go_fd_);
  close_if_open(report_fd_);
}

void ChildProcess::execute(bool traced) {
  const char is_traced = traced ? 1 : 0;
  while (write(go_fd_, &is_traced, 1) < 0 && errno == EINTR) {
  }
  // When the message could not be sent, closing the descriptor tells the child that it is not traced.
  close_if_open(go_fd_);
  int error = 0;
  // It was closed without a word: the program was executed.
  if (read_all(report_fd_, &error, sizeof error) == sizeof error) {
    waitpid(id_, nullptr, 0);
    throw usage_error(format("{}: cannot be executed: {}", path_, std::strerror(error)));
  }
  close_if_open(report_fd_);
  SignalRelay::set_target(id_);
}

void ChildProcess::mark_ended() {
  ended_ = true;
  SignalRelay::set_target(0);
}

bool ChildProcess::has_ended() {
  if (ended_) return true;
  siginfo_t change = {};
  if (waitid(P_PID, id_, &change, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0) {
    // Somebody else has waited for it: it is gone, and it is not known how it ended.
    if (errno == ECHILD) mark_ended();
    return ended_;
  }
  if (change.si_pid != id_) return false;
  const bool had_children = has_waited_for_children(id_);  // visible while nobody has waited for it
  int status = 0;
  const pid_t changed = waitpid(id_, &status, WNOHANG | WUNTRACED);
  if (changed != id_) return false;
  if (WIFSTOPPED(status)) {
    // The shell that waits for us should see a stopped job, and what continues us must continue the program.
    raise(SIGSTOP);
    kill(id_, SIGCONT);
    return false;
  }
  mark_ended();
  wait_status_ = status;
  ending_ = Ending::from_wait_status(status);
  ending_.had_children = had_children;
  return true;
}

}  // namespace heapreel::tools
