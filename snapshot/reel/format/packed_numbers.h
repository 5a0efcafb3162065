// A list of numbers that grows for hours: small numbers take a byte or two, and the list is never copied to grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// One thread.
class PackedNumbers {
 public:
  void push_back(uint64_t number) {
    ByteWriter out;
    out.varint(number);
    bytes_.insert(bytes_.end(), out.bytes().begin(), out.bytes().end());
  }
  // Takes the last number off; there must be one.
  void pop_back() {
    bytes_.pop_back();
    while (!bytes_.empty() && (bytes_.back() & 0x80) != 0) bytes_.pop_back();  // all bytes of a varint but its last
  }
  void clear() { bytes_.clear(); }

  // The numbers, in their order.
  std::vector<uint64_t> all() const {
    const Bytes bytes(bytes_.begin(), bytes_.end());
    std::vector<uint64_t> numbers;
    for (ByteReader in(bytes); in.left() > 0;) numbers.push_back(in.varint());
    return numbers;
  }
  // Bytes of memory, without what the list's pieces need for themselves.
  size_t bytes() const { return bytes_.size(); }

 private:
  std::deque<uint8_t> bytes_;
};

}  // namespace heapreel
