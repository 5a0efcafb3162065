// Signals that are meant for the traced program while heapreel runs it.
#pragma once

#include <signal.h>
#include <sys/types.h>

namespace heapreel::tools {

// While an object of this class lives, signals that would end or stop heapreel do not. Signals of the terminal reach
// the program by themselves, because it is in heapreel's process group. Signals that another process sends to heapreel
// alone are passed on. Signals that were ignored when heapreel was started stay ignored, for both. SIGCHLD is an
// exception: it stays ignored for the program alone, because otherwise the kernel would tell nobody how the program
// ended. There can be one relay at a time.
class SignalRelay {
 public:
  SignalRelay();
  ~SignalRelay();
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;

  // Sets the process that signals are passed on to; 0: none.
  static void set_target(pid_t process);

  // How many signals that end processes (SIGINT, SIGTERM, SIGHUP, SIGQUIT) came while there was no process to pass
  // them on to.
  static int count_of_end_signals();

  // To be called in the forked child before it executes the program: signals become as heapreel found them.
  void restore_in_child() const;

 private:
  sigset_t mask_before_;
};

}  // namespace heapreel::tools
