#include "snapshot/reel/group_sums_writer.h"

#include "snapshot/reel/number_column.h"

namespace heapreel {

using engine::FrozenTraces;
using engine::GroupId;
using engine::GroupSums;

void GroupSumsWriter::add(const FrozenTraces* before, const FrozenTraces& after) {
  if (before != nullptr && before->generation == after.generation) {
    FrozenTraces::for_each_group_difference(*before, after,
                                            [this](GroupId group, const GroupSums*, const GroupSums* sums) {
                                              if (sums != nullptr) grow(group, *sums);
                                            });
  } else {
    after.for_each_group([this](GroupId group, const GroupSums& sums) { grow(group, sums); });
  }
  ++stills_;
}

void GroupSumsWriter::grow(GroupId group, const GroupSums& sums) {
  if (group >= known_.size()) known_.resize(group + size_t{1});
  GroupSums& known = known_[group];
  if (sums == known) return;  // its page was touched
  std::vector<GroupSums>& growth = growth_[group];
  growth.resize(stills_);
  growth.push_back({.allocs = sums.allocs - known.allocs,
                    .alloc_bytes = sums.alloc_bytes - known.alloc_bytes,
                    .frees = sums.frees - known.frees,
                    .freed_bytes = sums.freed_bytes - known.freed_bytes,
                    .reallocs = sums.reallocs - known.reallocs});
  known = sums;
}

ByteWriter GroupSumsWriter::section() {
  ByteWriter out;
  out.varint(stills_);
  out.varint(growth_.size());
  std::vector<uint64_t> numbers;
  uint64_t next = 0;
  for (const auto& [group, growth] : growth_) {
    numbers.push_back(group - next);
    next = uint64_t{group} + 1;
  }
  write_column(out, numbers);
  for (auto& [group, growth] : growth_) {
    growth.resize(stills_);
    const auto write = [&](auto&& number) {
      numbers.clear();
      for (const GroupSums& sums : growth) numbers.push_back(number(sums));
      write_column(out, numbers);
    };
    write([](const GroupSums& sums) { return sums.allocs; });
    write([](const GroupSums& sums) { return sums.alloc_bytes; });
    // Most that is born dies in the same game frame.
    write([](const GroupSums& sums) { return zigzag(sums.frees - sums.allocs); });
    write([](const GroupSums& sums) { return zigzag(sums.freed_bytes - sums.alloc_bytes); });
    write([](const GroupSums& sums) { return sums.reallocs; });
  }
  stills_ = 0;
  growth_.clear();
  return out;
}

void GroupSumsWriter::end_generation() {
  stills_ = 0;
  growth_.clear();
  known_.clear();
}

}  // namespace heapreel
