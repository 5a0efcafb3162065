// A moment of a reel whose state can be shown: the end of a game frame, or a mark.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "snapshot/reel/read/reel.h"
#include "tools/command/console/json_writer.h"

namespace heapreel::tools {

struct Moment {
  uint32_t game_frame = 0;          // in which it lies
  std::optional<size_t> mark = {};  // its place in Reel::marks(), when its own state is meant
};

// What "1204", "peak", "end" or a mark (mark_spec.h) means. "mark:NAME", "mark:NAME#2" and "mark:NAME#-1" mean the state at
// the mark itself; where the reel does not have it, the end of the mark's game frame, which is said on stderr. Throws a
// usage error that names what there is.
Moment moment_of(const Reel& reel, std::string_view spec);

// The state of that moment. Of the end of a merged game frame, which has none, the next one's, said on stderr.
std::shared_ptr<const ReelTraceSet> still_at(const Reel& reel, const Moment& moment);

// "game frame 1204", or "mark loaded in game frame 12".
std::string moment_text(const Reel& reel, const Moment& moment);
// Members of an object: "game_frame", its "number" where the program has numbers of its own, and "mark" of a mark.
void write_moment(JsonWriter& json, const Reel& reel, const Moment& moment);

// The member `name`, what the program calls a game frame, where it has numbers of its own; otherwise none.
void write_program_number(JsonWriter& json, const char* name, const Reel& reel, uint32_t game_frame);

// What the program calls a mark: "loaded", or "loaded#2" where several have the name.
std::string mark_name(const Reel& reel, size_t mark);

}  // namespace heapreel::tools
