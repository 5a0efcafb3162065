// Signals that are meant for the traced program while heapreel runs it.
#pragma once

#include <signal.h>
#include <sys/types.h>

namespace heapreel::tools {

// From construction to destruction, signals that would end or stop us do not. Those of the terminal reach the program
// by themselves, as it is in our process group; those that another process sends to us alone are passed on to it.
// Signals that were ignored when heapreel was started stay ignored, for both. Of SIGCHLD that is true for the program
// alone: with it ignored, the kernel would tell nobody how the program ended. One at a time.
class SignalRelay {
 public:
  SignalRelay();
  ~SignalRelay();
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;

  // From here on there is somebody to pass them to. Nobody again: 0.
  static void set_target(pid_t process);

  // How many signals that end processes (SIGINT, SIGTERM, SIGHUP, SIGQUIT) came when there was nobody to have them.
  static int count_of_end_signals();

  // In the forked child, before it executes the program: signals are as heapreel found them.
  void restore_in_child() const;

 private:
  sigset_t mask_before_;
};

}  // namespace heapreel::tools
