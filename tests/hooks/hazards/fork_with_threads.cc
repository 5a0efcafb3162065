// Forks while other threads allocate; the children allocate, free blocks of the parent's, and exit by _exit,
// exit and abort.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

int main() {
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&done] {
      while (!done) std::vector<std::string> strings(100, std::string(100, 'x'));
    });
  }
  for (int i = 0; i < 30; ++i) {
    auto* inherited = new std::vector<std::string>(50, std::string(64, 'p'));
    const pid_t child = fork();
    if (child == 0) {
      delete inherited;
      std::vector<std::string> own(1000, std::string(200, 'c'));
      if (i % 3 == 0) _exit(static_cast<int>(own.size() % 7));
      if (i % 3 == 1) std::_Exit(5);
      std::abort();
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::printf("%d: exit %d signal %d\n", i, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    delete inherited;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}
