// The sums of threads and size classes, still by still.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/read/group_sums_section.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {

// One thread.
class GroupSumsWalk {
 public:
  GroupSumsWalk(std::shared_ptr<const ReelInput> input, std::shared_ptr<const ReelContents> contents)
      : contents_(std::move(contents)), input_(std::move(input)), reader_(*input_) {}

  // Goes on to a still with a state, the next such still after the one before. False when the reel does not say what
  // its groups did: an older version wrote it, or the recording broke off before that was written. A reel that is being
  // written may say it later: ask for the same still again. Throws ReelError.
  bool next(size_t still);

  // By group: all that they did in this generation, up to the still that next() went to.
  const std::vector<engine::GroupSums>& sums() const { return sums_; }
  // Calls visit(GroupId, const GroupSums& before, const GroupSums& after) for groups that changed in the still.
  template <class Visit>
  void for_each_change(Visit&& visit) {
    for (size_t position = 0; position < section_->groups().size(); ++position) {
      const engine::GroupId group = section_->groups()[position];
      const group_growth::Numbers& growth = growth_[position * stills_in_section_ + line_];
      if (growth == group_growth::Numbers{}) continue;
      if (group >= sums_.size()) sums_.resize(size_t{group} + 1);
      const engine::GroupSums before = sums_[group];
      group_growth::apply(growth, sums_[group]);
      visit(group, before, sums_[group]);
    }
  }

 private:
  bool load_section(size_t still);

  std::shared_ptr<const ReelContents> contents_;
  std::shared_ptr<const ReelInput> input_;
  SectionReader reader_;
  std::vector<engine::GroupSums> sums_;  // the sums of this generation up to the still before
  std::optional<uint32_t> generation_;
  size_t next_part_ = 0;
  std::optional<GroupSumsSection> section_;
  size_t last_still_ = 0;  // the last one that the section tells about
  size_t stills_in_section_ = 0;
  size_t line_ = 0;                            // of the current still
  std::vector<group_growth::Numbers> growth_;  // by group and still
};

}  // namespace heapreel
