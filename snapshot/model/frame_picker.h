// The frame a trace is grouped by.
#pragma once

#include <heapreel/frame.h>
#include <heapreel/skip_list.h>
#include <heapreel/traceback.h>

#include "snapshot/text/name_matcher.h"

namespace heapreel {

// Applies a skip list, each pattern once per distinct name. Not thread-safe.
class FramePicker {
 public:
  explicit FramePicker(const SkipList& skip_list);

  // The most recent frame that is not skipped, or the most recent of all when every frame is skipped. Throws
  // std::out_of_range when there is no frame.
  const Frame& pick(const Traceback& traceback);
  bool skips(const Frame& frame);

 private:
  bool skips_nothing_;
  NameMatcher functions_;
  NameMatcher filenames_;
  bool looks_at_places_;  // texts that must be made first
  NameMatcher places_;
};

}  // namespace heapreel
