#include "tools/command/run/live_viewer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <thread>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/say.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/signal_relay.h"
#include "tools/command/watch/live_page.h"

namespace heapreel::tools {
namespace {

[[noreturn]] void be_viewer(const std::string& reel, pid_t process, int end_fd) {
  SignalRelay::set_target(0);
  setpgid(0, 0);  // a signal of the terminal ends the program first, then the recording, then this
  try {
    LivePage page({.reel = reel,
                   .process = static_cast<uint64_t>(process),
                   .skip_list = SkipList::for_native_code(),
                   .symbols = {}});
    say(format("heapreel: live at {}  (opens on this machine only)\n", page.url()));
    std::thread waits([&page, end_fd] {
      char nothing;
      while (read(end_fd, &nothing, 1) < 0 && errno == EINTR) {
      }
      page.finish();
    });
    waits.detach();
    page.serve();
    _exit(0);  // that thread may still wait, and knows the page
  } catch (const std::exception& error) {
    say(format("heapreel: there is no live page: {}\n", error.what()));
  }
  _exit(0);
}

}  // namespace

LiveViewer::LiveViewer(const std::string& reel, pid_t process) {
  int end[2] = {-1, -1};
  if (pipe2(end, O_CLOEXEC) == 0) id_ = fork();
  if (id_ == 0) {
    close(end[1]);
    be_viewer(reel, process, end[0]);
  }
  close_if_open(end[0]);
  end_fd_ = end[1];
  if (id_ < 0) say("heapreel: there is no live page: no process or descriptor is left for it\n");
}

LiveViewer::~LiveViewer() {
  close_if_open(end_fd_);
  while (id_ > 0 && waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace heapreel::tools
