// What threads freed of blocks that others had allocated, up to a still of a reel. It is read on request, from the
// beginning of the still's generation.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/store/cross_thread_frees.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// Immutable, any thread.
class RecordedCrossThreadFrees {
 public:
  // `path` is for error messages.
  RecordedCrossThreadFrees(std::string path, std::shared_ptr<const ReelInput> input,
                           std::shared_ptr<const ReelContents> contents)
      : path_(std::move(path)), input_(std::move(input)), contents_(std::move(contents)) {}

  // The frees by site, for sites that have any. `still` is a position in ReelContents::stills(). Throws ReelError when
  // the file is damaged, and std::invalid_argument when the reel does not say.
  std::map<uint32_t, engine::CrossThreadFrees> at(size_t still) const;

 private:
  std::map<uint32_t, engine::CrossThreadFrees> read(size_t still) const;

  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
};

}  // namespace heapreel
