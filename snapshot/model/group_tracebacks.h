// The tracebacks that stand for the groups of one table.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <heapreel/traceback.h>

namespace heapreel {

// Results copy thousands of these. All copies count their references in one place, which stays in the cache, instead of
// one for each group. The table and every result keep all of it alive.
//
// add() and size() need the caller's lock. What was added never moves, and may be read without the lock by whoever got
// its number afterwards.
class GroupTracebacks {
 public:
  // Returns its number, which is how many there were before.
  uint32_t add(Traceback group) {
    const int part = part_of(size_);
    if (parts_[part] == nullptr) parts_[part] = std::make_unique<Traceback[]>(std::bit_floor(size_ + size_t{1}));
    parts_[part][place_of(size_)] = std::move(group);
    return size_++;
  }
  uint32_t size() const { return size_; }

  const Traceback* at(uint32_t number) const { return &parts_[part_of(number)][place_of(number)]; }

  // `group` is one of `all`.
  static Traceback copy(const std::shared_ptr<const GroupTracebacks>& all, const Traceback& group) {
    return group.owned_by(all);
  }

 private:
  // Part k holds 2^k.
  static int part_of(uint32_t number) { return std::bit_width(number + uint64_t{1}) - 1; }
  static uint64_t place_of(uint32_t number) { return number + uint64_t{1} - std::bit_floor(number + uint64_t{1}); }

  uint32_t size_ = 0;
  std::array<std::unique_ptr<Traceback[]>, 33> parts_;
};

}  // namespace heapreel
