#include "snapshot/reel/write/group_sums_writer.h"

#include <utility>

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
  if (sums == known) return;  // only its page was touched
  std::vector<group_growth::Numbers>& growth = growth_[group];
  growth.resize(stills_);
  growth.push_back(group_growth::between(known, sums));
  known = sums;
}

ByteWriter GroupSumsWriter::section() {
  ByteWriter out;
  out.varint(stills_);
  out.varint(growth_.size());
  uint64_t next = 0;
  write_lines(out, growth_,
              [&](const auto& group) { return group.first - std::exchange(next, uint64_t{group.first} + 1); });
  for (auto& [group, growth] : growth_) {
    growth.resize(stills_);
    for (size_t column = 0; column < group_growth::kNumbers; ++column) {
      write_lines(out, growth, [&](const group_growth::Numbers& line) { return line[column]; });
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
