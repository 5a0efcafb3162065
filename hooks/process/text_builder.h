// Builds a message in a caller's buffer. Allocates nothing and ignores the locale. The text always ends with a zero,
// and is cut off when the buffer is full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heapreel::hooks {

class TextBuilder {
 public:
  template <size_t kSize>
  explicit TextBuilder(char (&buffer)[kSize]) : next_(buffer), last_(buffer + kSize - 1) {
    *next_ = '\0';
  }

  TextBuilder& operator<<(std::string_view text) {
    for (const char c : text) {
      if (next_ == last_) break;
      *next_++ = c;
    }
    *next_ = '\0';
    return *this;
  }

  TextBuilder& operator<<(uint64_t number) {
    char digits[20];
    char* first = digits + sizeof digits;
    do {
      *--first = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view(first, static_cast<size_t>(digits + sizeof digits - first));
  }

 private:
  char* next_;
  char* last_;  // room for the terminator
};

}  // namespace heapreel::hooks
