#include "hooks/base/message.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iterator>

namespace heapreel::hooks {

void say(const char* text, const char* more) noexcept {
  char prefix[] = "heapreel: ";
  char newline[] = "\n";
  const iovec pieces[] = {{prefix, sizeof prefix - 1},
                          {const_cast<char*>(text), std::strlen(text)},
                          {const_cast<char*>(more), std::strlen(more)},
                          {newline, 1}};
  // When the program has closed stderr, there is nobody to tell.
  [[maybe_unused]] const ssize_t written = writev(STDERR_FILENO, pieces, std::size(pieces));
}

void die(const char* text) noexcept {
  say(text);
  std::abort();
}

}  // namespace heapreel::hooks
