#include <heapreel/frame.h>

#include <charconv>
#include <utility>

#include "snapshot/model/hash.h"
#include "snapshot/text/python_repr.h"

namespace heapreel {
namespace {

std::string hex(uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
  std::string text = "0x";
  text.append(digits, end);
  return text;
}

}  // namespace

Frame::Frame(FrameDetails details, bool is_label) {
  if (details.lineno != 0) details.offset = 0;
  size_t hash = std::hash<std::string>()(details.filename);
  hash = combine_hash(hash, details.lineno);
  hash = combine_hash(hash, details.offset);
  data_ = std::make_shared<const Data>(Data{std::move(details), is_label, hash});
}

Frame::Frame(FrameDetails details) : Frame(std::move(details), false) {}

Frame::Frame(std::string filename, uint32_t lineno)
    : Frame(FrameDetails{std::move(filename), lineno, {}, {}, 0, 0}, false) {}

Frame Frame::label(std::string name) {
  return Frame(FrameDetails{std::move(name), 0, {}, {}, 0, 0}, true);
}

bool Frame::equals(const Frame& other) const {
  return hash() == other.hash() && lineno() == other.lineno() && offset() == other.offset() &&
         filename() == other.filename();
}

std::strong_ordering Frame::compare(const Frame& other) const {
  if (const auto order = filename() <=> other.filename(); order != 0) return order;
  if (const auto order = lineno() <=> other.lineno(); order != 0) return order;
  return offset() <=> other.offset();
}

std::string Frame::to_string() const {
  if (is_label()) return filename();
  if (offset() != 0) return filename() + "+" + hex(offset());
  return filename() + ":" + std::to_string(lineno());
}

std::string Frame::repr() const {
  std::string text = "<Frame filename=" + python_repr(filename()) + " lineno=" + std::to_string(lineno());
  if (offset() != 0) text += " offset=" + hex(offset());
  return text + ">";
}

}  // namespace heapreel
