#include "snapshot/reel/write/group_sums_writer.h"

#include "snapshot/reel/format/number_column.h"

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
  std::vector<group_growth::Numbers>& growth = growth_[group];
  growth.resize(stills_);
  growth.push_back(group_growth::between(known, sums));
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
    for (size_t column = 0; column < group_growth::kNumbers; ++column) {
      numbers.clear();
      for (const group_growth::Numbers& line : growth) numbers.push_back(line[column]);
      write_column(out, numbers);
    }
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
