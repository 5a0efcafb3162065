// One stack frame of a traceback: a place in the source, with what else is known about it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <heapreel/export.h>

namespace heapreel {

// Everything that can be known of a frame. Strings are UTF-8. An unknown string is empty, and an unknown number is 0.
struct FrameDetails {
  // The source file; the module's path when there is no line table; "<unknown>" when nothing is known.
  std::string filename;
  uint32_t lineno = 0;   // 1-based; 0 = unknown
  std::string function;  // demangled
  std::string module;    // path of the executable or library
  uint64_t address = 0;  // of the instruction, in the traced process
  uint64_t offset = 0;   // of the instruction from the module's start, in bytes
};

// Immutable, cheap to copy (one reference count), safe to share between threads.
//
// Equality, order and hash are tracemalloc's: they look at filename and lineno. Where lineno is 0 they also look at the
// offset, so that code without a line table is told apart inside its module. They never look at function, module and
// address: two addresses of one line are one frame.
class HEAPREEL_API Frame {
 public:
  Frame(std::string filename, uint32_t lineno);
  explicit Frame(FrameDetails details);

  // A frame that stands for a named group, such as a tag, a domain or a thread, and prints as the name alone.
  static Frame label(std::string name);

  const std::string& filename() const { return data_->details.filename; }
  uint32_t lineno() const { return data_->details.lineno; }
  const std::string& function() const { return data_->details.function; }
  const std::string& module() const { return data_->details.module; }
  uint64_t address() const { return data_->details.address; }
  // 0 unless lineno is 0.
  uint64_t offset() const { return data_->details.offset; }
  bool is_label() const { return data_->is_label; }

  // Equal for equal frames; stable within one process only.
  size_t hash() const { return data_->hash; }

  // str(): "a.py:2"; "libfoo.so+0x1f40" where there is an offset instead of a line; the name of a label.
  std::string to_string() const;
  // repr(): "<Frame filename='a.py' lineno=2>".
  std::string repr() const;

  friend bool operator==(const Frame& a, const Frame& b) { return a.data_ == b.data_ || a.equals(b); }
  // Filename by code point (the byte order of UTF-8), then lineno, then offset.
  friend std::strong_ordering operator<=>(const Frame& a, const Frame& b) {
    return a.data_ == b.data_ ? std::strong_ordering::equal : a.compare(b);
  }

 private:
  struct Data {
    FrameDetails details;
    bool is_label;
    size_t hash;
  };

  Frame(FrameDetails details, bool is_label);
  bool equals(const Frame& other) const;
  std::strong_ordering compare(const Frame& other) const;

  std::shared_ptr<const Data> data_;
};

}  // namespace heapreel

template <>
struct std::hash<heapreel::Frame> {
  size_t operator()(const heapreel::Frame& frame) const { return frame.hash(); }
};
