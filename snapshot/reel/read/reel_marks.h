// The marks of a reel, and where the states of those lie that have one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "snapshot/reel/format/reel_info.h"
#include "snapshot/reel/format/reel_section.h"
#include "snapshot/reel/read/forgetful_list.h"
#include "snapshot/reel/read/reel_still.h"

namespace heapreel {

// What stands in the file about the state of a mark.
struct ReelMarkState : ReelStateParts {  // its parts are in ReelMarks::parts()
  size_t stills_before = 0;
};

class ReelMarks {
 public:
  const std::vector<ReelMark>& all() const { return marks_; }
  // One for each mark.
  const std::vector<ReelMarkState>& states() const { return states_; }
  // The sections of states; ReelPart::still is the mark's number.
  const std::vector<ReelPart>& parts() const { return parts_; }

  // The next section of the file, when it is a mark, or a part of a mark's state. Throws ReelError when it does not belong
  // there.
  void take(std::span<const uint8_t> payload, size_t stills_before);
  void take_part(uint64_t offset, const SectionHeader& header);

  // Game frames as the program counts them: own_number(number in the file).
  template <class OwnNumber>
  void number_game_frames(OwnNumber&& own_number) {
    for (ReelMark& mark : marks_) mark.game_frame = own_number(mark.sums.game_frames);
  }

  // How the state of a mark is put together: from the state of `still`, or from nothing, by the states of the marks from
  // `first` to the mark itself that have one. Throws ReelError where what it starts from is missing.
  struct Start {
    std::optional<size_t> still;
    size_t first = 0;
  };
  Start start_of(size_t mark, const ForgetfulList<ReelStill>& stills) const;

 private:
  std::vector<ReelMark> marks_;
  std::vector<ReelMarkState> states_;
  std::vector<ReelPart> parts_;
};

}  // namespace heapreel
