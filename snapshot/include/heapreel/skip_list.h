// Frames that statistics do not group by.
#pragma once

#include <string>
#include <vector>

#include <heapreel/export.h>
#include <heapreel/frame.h>

namespace heapreel {

// In native code the most recent frame of nearly every allocation is `operator new` or the allocator of a container.
// Grouped by that frame, nearly the whole heap would be one line of new_allocator.h. A frame on the skip list stays in
// its traceback, but statistics by lineno, filename, function and module, and filters without all_frames, look past it
// to the most recent frame that is not on the list. When every frame is on the list, they look at the most recent one.
//
// take_snapshot(), peak_snapshot(), reels and load() start with for_native_code(). Snapshot::from_traces() starts with
// an empty list, because tracemalloc has none.
//
// Patterns are those of Filter and must match the whole name. A function is matched without the return type with which
// the name of a template's instance begins: "user::make<*" matches "std::vector<int> user::make<int>(int)".
//
// A plain value.
class HEAPREEL_API SkipList {
 public:
  // Skips nothing.
  SkipList() = default;

  // Skips the allocation functions of C and C++, also those of a class, and everything that the headers of the standard
  // library inline or instantiate; Rust's allocation, vectors, strings, boxes and maps; the allocation functions of
  // CPython, OpenSSL, GLib, SQLite, LLVM, V8, FFmpeg, SDL, Lua, ImageMagick, PHP, Redis, HotSpot, Bullet, Box2D, Dear
  // ImGui and FreeType; heapreel's adapters; xmalloc and similar functions. Code without symbols has no names: skip it
  // by skip_place().
  static SkipList for_native_code();

  void skip_function(std::string pattern) { function_patterns_.push_back(std::move(pattern)); }
  void skip_filename(std::string pattern) { filename_patterns_.push_back(std::move(pattern)); }

  // Skips frames by what Frame::to_string() gives, such as "/usr/lib/libfoo.so+0x1f40", for code without symbols.
  void skip_place(std::string pattern) { place_patterns_.push_back(std::move(pattern)); }

  bool empty() const { return function_patterns_.empty() && filename_patterns_.empty() && place_patterns_.empty(); }
  const std::vector<std::string>& function_patterns() const { return function_patterns_; }
  const std::vector<std::string>& filename_patterns() const { return filename_patterns_; }

  const std::vector<std::string>& place_patterns() const { return place_patterns_; }

  // Whether one of the patterns matches the frame.
  bool skips(const Frame& frame) const;

  friend bool operator==(const SkipList&, const SkipList&) = default;
  friend auto operator<=>(const SkipList&, const SkipList&) = default;

 private:
  std::vector<std::string> function_patterns_;
  std::vector<std::string> filename_patterns_;
  std::vector<std::string> place_patterns_;
};

}  // namespace heapreel
