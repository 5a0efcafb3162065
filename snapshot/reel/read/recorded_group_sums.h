// What threads and size classes had allocated and freed up to a still of a reel. It is read on request, from the
// beginning of the still's generation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/model/function_ref.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// One thread or size class, from the still before to this one.
struct GroupGrowth {
  size_t still = 0;  // position in ReelContents::stills()
  engine::GroupId group = 0;
  engine::GroupSums growth = {};
  uint64_t forgotten_blocks = 0;  // lived when traces were cleared; then nothing else is told
  uint64_t forgotten_bytes = 0;
};

// Immutable, any thread.
class RecordedGroupSums {
 public:
  // `path`: for errors.
  RecordedGroupSums(std::string path, std::shared_ptr<const ReelInput> input,
                    std::shared_ptr<const ReelContents> contents)
      : path_(std::move(path)), input_(std::move(input)), contents_(std::move(contents)) {}

  // The sums at a still, indexed by group, up to the last group that has any. Throws ReelError when the file is
  // damaged, and std::invalid_argument when the reel does not have them.
  std::vector<engine::GroupSums> at(size_t still) const;

  // What threads and size classes did from one still to the next, all of the reel: stills of one group ascend. Visits
  // nothing of a reel that does not know, and nothing of the stills of a recording that broke off. Throws ReelError.
  void for_each_growth(function_ref<void(const GroupGrowth&)> visit) const;

 private:
  std::vector<engine::GroupSums> read(size_t still) const;

  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
};

}  // namespace heapreel
