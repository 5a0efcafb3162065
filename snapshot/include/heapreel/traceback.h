// A call stack as tracemalloc shows it: frames from the oldest to the most recent.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <heapreel/export.h>
#include <heapreel/frame.h>
#include <heapreel/source_lines.h>

namespace heapreel {

// Immutable, cheap to copy (one reference count), safe to share between threads.
//
// ==, < and hash look at the frames only, never at total_nframe. The order is that of Python's tuples: the oldest
// frames are compared first, and a stack that is the beginning of another one is the smaller of the two.
//
// When a native traceback is resolved, inlined calls become frames of their own. size() may therefore exceed the
// traceback limit, which counts the frames that really were on the stack, as total_nframe does.
class HEAPREEL_API Traceback {
 public:
  using const_iterator = std::vector<Frame>::const_iterator;
  using const_reverse_iterator = std::vector<Frame>::const_reverse_iterator;

  // Frames from the oldest to the newest. A traceback may be empty, as in Python, but a tracer never makes an empty
  // one.
  Traceback() : Traceback(std::vector<Frame>{}) {}
  Traceback(std::initializer_list<Frame> oldest_to_newest) : Traceback(std::vector<Frame>(oldest_to_newest)) {}
  explicit Traceback(std::vector<Frame> oldest_to_newest, std::optional<uint32_t> total_nframe = std::nullopt);

  // The same frames with another total_nframe; shares the frames.
  Traceback with_total_nframe(std::optional<uint32_t> total_nframe) const;

  size_t size() const { return stack_->frames.size(); }
  bool empty() const { return stack_->frames.empty(); }
  const_iterator begin() const { return stack_->frames.begin(); }
  const_iterator end() const { return stack_->frames.end(); }
  const_reverse_iterator rbegin() const { return stack_->frames.rbegin(); }
  const_reverse_iterator rend() const { return stack_->frames.rend(); }

  // A negative index counts from the most recent frame. Throws std::out_of_range("tuple index out of range").
  const Frame& operator[](ptrdiff_t index) const;
  // Python's [start:stop]: bounds are clipped, negative ones count from the end.
  std::vector<Frame> slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const;

  bool contains(const Frame& frame) const;
  size_t count(const Frame& frame) const;
  // The position of the first equal frame; nothing when there is none.
  std::optional<size_t> index(const Frame& frame) const;

  // The depth of the whole stack, of which size() frames were kept. Nothing when the stack could not be followed to its
  // bottom.
  std::optional<uint32_t> total_nframe() const { return total_nframe_; }

  // Two lines for each frame: `  File "a.cc", line 2` and, when `lines` has a text for it that is not blank,
  // `    <stripped text>`. Without a limit, all frames. With a positive limit, that many of the most recent ones. With
  // 0, none. A negative limit leaves out the -limit most recent ones, as CPython does (its documentation says
  // otherwise). most_recent_first reverses what the limit left.
  std::vector<std::string> format(std::optional<int> limit = std::nullopt, bool most_recent_first = false,
                                  const SourceLines& lines = read_source_line) const;

  size_t hash() const { return stack_->hash; }

  // str(): the text of the oldest frame. Throws std::out_of_range when empty.
  std::string to_string() const;
  // repr(): "<Traceback (<Frame filename='a.py' lineno=2>,) total_nframe=3>", without the last part when it is not
  // known.
  std::string repr() const;

  friend bool operator==(const Traceback& a, const Traceback& b) {
    return a.stack_ == b.stack_ || (a.hash() == b.hash() && a.stack_->frames == b.stack_->frames);
  }
  friend std::strong_ordering operator<=>(const Traceback& a, const Traceback& b) { return a.compare(b); }

 private:
  friend class GroupTracebacks;

  struct Stack {
    std::vector<Frame> frames;
    size_t hash;
  };

  Traceback(std::shared_ptr<const Stack> stack, std::optional<uint32_t> total_nframe)
      : stack_(std::move(stack)), total_nframe_(total_nframe) {}

  // The same frames, kept alive by `owner`: copies count references there.
  Traceback owned_by(const std::shared_ptr<const void>& owner) const;

  std::strong_ordering compare(const Traceback& other) const;

  std::shared_ptr<const Stack> stack_;
  std::optional<uint32_t> total_nframe_;
};

}  // namespace heapreel

template <>
struct std::hash<heapreel::Traceback> {
  size_t operator()(const heapreel::Traceback& traceback) const { return traceback.hash(); }
};
