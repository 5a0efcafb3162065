// What threads freed of blocks that others had allocated, still by still.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/reel/read/cross_thread_section.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {

// One thread.
class CrossThreadWalk {
 public:
  // Both outlive it.
  CrossThreadWalk(const ReelInput& input, const ReelContents& contents)
      : contents_(contents), input_(input), reader_(input) {}

  // How much the sums of sites grew in a still, which must be later than that of the call before. Valid until the next
  // call. Also empty when the reel does not say (ReelContents::knows_cross_thread_frees()). Throws ReelError.
  std::span<const CrossThreadGrowth> at(uint32_t still);

 private:
  void load(const ReelPart& part);

  const ReelContents& contents_;
  const ReelInput& input_;
  SectionReader reader_;
  size_t next_part_ = 0;
  std::vector<CrossThreadGrowth> rows_;  // the rows of the section that was read last
  size_t next_row_ = 0;
};

}  // namespace heapreel
