// A reel as the reading commands open it, and the ways to name a moment in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "snapshot/reel.h"
#include "tools/exit_status.h"

namespace heapreel::tools {

// Throws a CommandError when it cannot be read; says on stderr when it was read as far as it is sound.
// `symbols` matter to the commands that print names.
Reel open_reel(const std::string& path, SymbolizerOptions symbols = {});

// kIncomplete when the reel does not hold everything that happened, else kOk.
ExitStatus completeness(const ReelInfo& info);

// "FILE@SPEC" into its parts; no spec: "end". A file whose name holds an '@' is found as it is.
std::pair<std::string, std::string> split_spec(const std::string& operand);

// The game frame that "1204", "peak", "end", "mark:NAME" or "mark:NAME+30" means. Throws a usage error that names what
// there is.
uint32_t game_frame_of(const Reel& reel, std::string_view spec);

// "A..B", both ends included; a missing end is the reel's.
std::pair<uint32_t, uint32_t> game_frame_range(const Reel& reel, std::string_view range);

// The state at the end of a game frame. Of a merged game frame, which has none, the next one's, said on stderr.
std::shared_ptr<const ReelTraceSet> still_at(const Reel& reel, uint32_t game_frame);

}  // namespace heapreel::tools
