#include "tools/command/run/signal_relay.h"

#include <atomic>
#include <cerrno>

namespace heapreel::tools {
namespace {

constexpr int kRelayed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCONT, SIGTSTP};

std::atomic<pid_t> g_target{0};
std::atomic<int> g_told_to_end{0};
struct sigaction g_before[NSIG];

bool is_end(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

void restore_dispositions() {
  for (const int signal : kRelayed) sigaction(signal, &g_before[signal], nullptr);
  sigaction(SIGCHLD, &g_before[SIGCHLD], nullptr);
}

// Async-signal-safe.
void relay(int signal, siginfo_t* info, void*) {
  // relaxed: set while the signals were blocked
  const pid_t target = g_target.load(std::memory_order_relaxed);
  const bool sent_by_process = info->si_code <= 0;  // false: the terminal sent it, to the whole group
  // relaxed: the handlers run on the thread that asks
  if (target <= 0 && is_end(signal)) g_told_to_end.fetch_add(1, std::memory_order_relaxed);
  if (target <= 0 || !sent_by_process || info->si_pid == target) return;
  const int saved_errno = errno;
  kill(target, signal);
  errno = saved_errno;
}

}  // namespace

SignalRelay::SignalRelay() {
  sigset_t relayed;
  sigemptyset(&relayed);
  for (const int signal : kRelayed) sigaddset(&relayed, signal);
  sigprocmask(SIG_BLOCK, &relayed, &mask_before_);
  for (const int signal : kRelayed) {
    sigaction(signal, nullptr, &g_before[signal]);
    if (g_before[signal].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_sigaction = relay;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, &g_before[SIGCHLD]);
}

SignalRelay::~SignalRelay() {
  set_target(0);
  restore_dispositions();
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalRelay::set_target(pid_t process) {
  // relaxed: the handlers run on this thread
  g_target.store(process, std::memory_order_relaxed);
  if (process == 0) return;
  sigset_t relayed;
  sigemptyset(&relayed);
  for (const int signal : kRelayed) sigaddset(&relayed, signal);
  sigprocmask(SIG_UNBLOCK, &relayed, nullptr);
}

int SignalRelay::count_of_end_signals() {
  // relaxed: as above
  return g_told_to_end.load(std::memory_order_relaxed);
}

void SignalRelay::restore_in_child() const {
  restore_dispositions();
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace heapreel::tools
