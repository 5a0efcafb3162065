// What threads and size classes had allocated and freed up to a still of a reel. It is read on request, from the
// beginning of the still's generation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/read/group_sums_walk.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// Immutable, any thread.
class RecordedGroupSums {
 public:
  // `path` is for error messages.
  RecordedGroupSums(std::string path, std::shared_ptr<const ReelInput> input,
                    std::shared_ptr<const ReelContents> contents)
      : path_(std::move(path)), input_(std::move(input)), contents_(std::move(contents)) {}

  // The sums at a still, indexed by group, up to the last group that has any. Throws ReelError when the file is
  // damaged, and std::invalid_argument when the reel does not have them.
  std::vector<engine::GroupSums> at(size_t still) const;

  // What threads and size classes did from one still to the next.
  GroupSumsWalk walk() const { return GroupSumsWalk(input_, contents_); }

 private:
  std::vector<engine::GroupSums> read(size_t still) const;

  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
};

}  // namespace heapreel
