#include <heapreel/traceback.h>

#include <algorithm>
#include <utility>

#include "snapshot/model/hash.h"
#include "snapshot/text/python_index.h"
#include "snapshot/text/strip.h"

namespace heapreel {

Traceback::Traceback(std::vector<Frame> oldest_to_newest, std::optional<uint32_t> total_nframe)
    : total_nframe_(total_nframe) {
  size_t hash = oldest_to_newest.size();
  for (const Frame& frame : oldest_to_newest) hash = combine_hash(hash, frame.hash());
  stack_ = std::make_shared<const Stack>(Stack{std::move(oldest_to_newest), hash});
}

Traceback Traceback::with_total_nframe(std::optional<uint32_t> total_nframe) const {
  Traceback copy = *this;
  copy.total_nframe_ = total_nframe;
  return copy;
}

Traceback Traceback::owned_by(const std::shared_ptr<const void>& owner) const {
  return Traceback(std::shared_ptr<const Stack>(owner, stack_.get()), total_nframe_);
}

const Frame& Traceback::operator[](ptrdiff_t index) const {
  return stack_->frames[python_index(index, size(), "tuple index out of range")];
}

std::vector<Frame> Traceback::slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const {
  const auto [first, last] = python_slice(start, stop, size());
  return {begin() + static_cast<ptrdiff_t>(first), begin() + static_cast<ptrdiff_t>(last)};
}

bool Traceback::contains(const Frame& frame) const {
  return std::find(begin(), end(), frame) != end();
}

size_t Traceback::count(const Frame& frame) const {
  return static_cast<size_t>(std::count(begin(), end(), frame));
}

std::optional<size_t> Traceback::index(const Frame& frame) const {
  const auto found = std::find(begin(), end(), frame);
  if (found == end()) return std::nullopt;
  return static_cast<size_t>(found - begin());
}

std::vector<std::string> Traceback::format(std::optional<int> limit, bool most_recent_first,
                                           const SourceLines& lines) const {
  SliceBounds kept{0, size()};
  if (limit && *limit > 0) kept = python_slice(-ptrdiff_t{*limit}, std::nullopt, size());
  if (limit && *limit <= 0) kept = python_slice(std::nullopt, *limit, size());

  std::vector<std::string> text;
  for (size_t i = kept.first; i < kept.last; ++i) {
    const size_t position = most_recent_first ? kept.last - 1 - (i - kept.first) : i;
    const Frame& frame = stack_->frames[position];
    if (frame.offset() != 0) {
      text.push_back("  File \"" + frame.to_string() + "\"");  // no line table: libfoo.so+0x1f40
      continue;
    }
    text.push_back("  File \"" + frame.filename() + "\", line " + std::to_string(frame.lineno()));
    const std::string line = lines(frame.filename(), frame.lineno());
    if (const std::string_view stripped = strip(line); !stripped.empty()) {
      text.push_back("    " + std::string(stripped));
    }
  }
  return text;
}

std::string Traceback::to_string() const {
  return (*this)[0].to_string();
}

std::string Traceback::repr() const {
  std::string text = "<Traceback (";
  for (size_t i = 0; i < size(); ++i) {
    if (i > 0) text += ", ";
    text += stack_->frames[i].repr();
  }
  text += size() == 1 ? ",)" : ")";  // a tuple of one
  if (total_nframe_) text += " total_nframe=" + std::to_string(*total_nframe_);
  return text + ">";
}

std::strong_ordering Traceback::compare(const Traceback& other) const {
  if (stack_ == other.stack_) return std::strong_ordering::equal;
  return std::lexicographical_compare_three_way(begin(), end(), other.begin(), other.end());
}

}  // namespace heapreel
