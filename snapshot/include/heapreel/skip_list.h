// Frames that statistics do not group by.
#pragma once

#include <string>
#include <vector>

#include <heapreel/export.h>
#include <heapreel/frame.h>

namespace heapreel {

// In native code the most recent frame of nearly every allocation is `operator new` or a container's
// allocator; grouped by it, the whole heap is one line of new_allocator.h. A frame on the skip list stays in
// its traceback, but lineno, filename, function and module statistics, and filters without all_frames, look
// past it to the most recent frame that is not on the list; if every frame is, to the most recent of all.
//
// take_snapshot(), peak_snapshot(), reels and load() start with for_native_code(). tracemalloc has no such frames and
// no such list: Snapshot::from_traces() starts with an empty one.
//
// Patterns are those of Filter, matched against the whole name; a function's without the return type that the name of
// an instantiated template begins with: "user::make<*" finds "std::vector<int> user::make<int>(int)". A plain value.
class HEAPREEL_API SkipList {
 public:
  // Skips nothing.
  SkipList() = default;

  // C and C++ allocation functions, class-specific ones too, and everything the standard library's headers inline or
  // instantiate; Rust's allocation, vectors, strings, boxes and maps; the allocation functions of CPython, OpenSSL,
  // GLib, SQLite, LLVM, V8, FFmpeg, SDL, Lua, ImageMagick, PHP, Redis and HotSpot; xmalloc and its kin. Code without
  // symbols has no names to be skipped by: skip_place().
  static SkipList for_native_code();

  void skip_function(std::string pattern) { function_patterns_.push_back(std::move(pattern)); }
  void skip_filename(std::string pattern) { filename_patterns_.push_back(std::move(pattern)); }

  // What Frame::to_string() gives: "/usr/lib/libfoo.so+0x1f40". For code without symbols.
  void skip_place(std::string pattern) { place_patterns_.push_back(std::move(pattern)); }

  bool empty() const { return function_patterns_.empty() && filename_patterns_.empty() && place_patterns_.empty(); }
  const std::vector<std::string>& function_patterns() const { return function_patterns_; }
  const std::vector<std::string>& filename_patterns() const { return filename_patterns_; }

  const std::vector<std::string>& place_patterns() const { return place_patterns_; }

  bool skips(const Frame& frame) const;

  friend bool operator==(const SkipList&, const SkipList&) = default;
  friend auto operator<=>(const SkipList&, const SkipList&) = default;

 private:
  std::vector<std::string> function_patterns_;
  std::vector<std::string> filename_patterns_;
  std::vector<std::string> place_patterns_;
};

}  // namespace heapreel
