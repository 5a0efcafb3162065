// The most bytes that lived in each domain within the game frames of a reel. It is read on request.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "snapshot/model/function_ref.h"
#include "snapshot/reel/format/recorded_domain_peak.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// Immutable, any thread. Throws ReelError where the file is damaged.
class RecordedDomainPeaks {
 public:
  // `path` is for error messages.
  RecordedDomainPeaks(std::string path, std::shared_ptr<const ReelInput> input,
                      std::shared_ptr<const ReelContents> contents)
      : path_(std::move(path)), input_(std::move(input)), contents_(std::move(contents)) {}

  // Whether the reel has the peaks of the game frame of a still (a position in ReelContents::stills()). Reels of a
  // format before 1.4 have none, nor have the last stills of a recording that broke off.
  bool knows(size_t still) const { return contents_->knows_cross_thread_frees(still); }

  // The peaks in the game frame of a still that is known, for the domains that ever had a block. Malloc is not among
  // them.
  std::map<uint32_t, engine::DomainPeak> at(size_t still) const;

  // Calls visit(still, peak) for domains that did something in the game frame of a still, ascending by still and
  // domain. A domain that is not listed has as much as at the still before, which is also its peak. A generation begins
  // with nothing.
  void for_each(function_ref<void(size_t still, const RecordedDomainPeak& peak)> visit) const;

 private:
  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
};

}  // namespace heapreel
