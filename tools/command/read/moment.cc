#include "tools/command/read/moment.h"

#include <cstdio>

#include "tools/command/console/format.h"
#include "tools/command/read/mark_spec.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {
namespace {

const char* why_no_state(const Reel& reel) {
  return reel.has_mark_states() ? "the recording could not keep up, or broke off there"
                                : "it was recorded by an older heapreel, to which marks were game frames";
}

}  // namespace

Moment moment_of(const Reel& reel, std::string_view spec) {
  const uint32_t game_frame = game_frame_of(reel, spec);
  const auto mark = spec.starts_with("mark:") ? mark_of(reel, spec.substr(5)) : std::nullopt;
  if (!mark || reel.marks()[*mark].has_state) return {game_frame, mark};
  std::fputs(format("heapreel: @{}: the reel does not hold the state at this mark, because {}: showing the end of game "
                    "frame {} instead\n",
                    printable(spec), why_no_state(reel), game_frame_name(reel, game_frame))
                 .c_str(),
             stderr);
  return {game_frame};
}

std::shared_ptr<const ReelTraceSet> still_at(const Reel& reel, const Moment& moment) {
  return moment.mark ? reel.at_mark(*moment.mark) : still_at(reel, moment.game_frame);
}

std::string moment_text(const Reel& reel, const Moment& moment) {
  const std::string game_frame = format("game frame {}", game_frame_name(reel, moment.game_frame));
  return moment.mark ? format("mark {} in {}", mark_name(reel, *moment.mark), game_frame) : game_frame;
}

void write_moment(JsonWriter& json, const Reel& reel, const Moment& moment) {
  json.member("game_frame", moment.game_frame);
  write_program_number(json, "number", reel, moment.game_frame);
  if (moment.mark) json.member("mark", mark_name(reel, *moment.mark));
}

void write_program_number(JsonWriter& json, const char* name, const Reel& reel, uint32_t game_frame) {
  if (reel.program_numbers().any()) json.member(name, reel.program_numbers().of(game_frame));
}

std::string mark_name(const Reel& reel, size_t mark) {
  const std::string& name = reel.marks()[mark].name;
  size_t before = 0;
  size_t all = 0;
  for (size_t at = 0; at < reel.marks().size(); ++at) {
    if (reel.marks()[at].name != name) continue;
    ++all;
    before += at < mark ? 1 : 0;
  }
  return all == 1 ? name : format_exact("{}#{}", name, before + 1);
}

}  // namespace heapreel::tools
