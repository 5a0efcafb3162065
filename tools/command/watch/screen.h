// A terminal to draw on, which is restored afterwards.
#pragma once

#include <termios.h>

#include <chrono>
#include <string>
#include <vector>

namespace heapreel::tools {

// One at a time, in one thread. SIGINT, SIGTERM and SIGHUP end waits, and the destructor restores the terminal.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    size_t columns;
    size_t lines;
  };
  Size size() const;

  void draw(const std::vector<std::string>& lines);

  // A key, 0 when none came in time, or 'q' when a signal asked to end or the terminal is gone.
  char wait(std::chrono::milliseconds most);

 private:
  termios before_{};
};

}  // namespace heapreel::tools
