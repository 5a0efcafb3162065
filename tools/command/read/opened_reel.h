// Opens reels for the commands that read them, and finds the moments that a user names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/console/exit_status.h"
#include "tools/command/text/record_gaps.h"

namespace heapreel::tools {

// Opens a reel; "-" is standard input. Throws a CommandError when it cannot be read. Prints on stderr what keeps the
// record from being complete. `symbols` matter to commands that print names.
Reel open_reel(const std::string& path, SymbolizerOptions symbols = {});

// Throws a usage error when `output` is the recording that is read: writing it would end the recording.
void expect_another_file(const std::string& output, const std::string& reel);

// kIncomplete when the reel has gaps (record_gaps.h), else kOk.
ExitStatus completeness(const ReelInfo& info);

// Splits "FILE@SPEC" into its parts; without a spec it is "end". A file whose name contains an '@' is found, too.
std::pair<std::string, std::string> split_spec(const std::string& operand);

// What the program calls a game frame: "1204", or "1204#2" where it gave a number more than once.
std::string game_frame_name(const Reel& reel, uint32_t game_frame);

// The game frame that "1204", "peak", "end" or a mark (mark_spec.h), "mark:NAME#2+30", means. Throws a usage error that
// names what there is.
uint32_t game_frame_of(const Reel& reel, std::string_view spec);

// "A..B", both ends included; a missing end is the reel's.
std::pair<uint32_t, uint32_t> game_frame_range(const Reel& reel, std::string_view range);

// The game frame whose state is shown for this one. A merged game frame has no state: then it is the next one, and a
// line on stderr says so.
uint32_t shown_game_frame(const Reel& reel, uint32_t game_frame);

// The state at the end of a game frame. A merged game frame has none: then it is the next one's, and a line on stderr
// says so.
std::shared_ptr<const ReelTraceSet> still_at(const Reel& reel, uint32_t game_frame);

}  // namespace heapreel::tools
