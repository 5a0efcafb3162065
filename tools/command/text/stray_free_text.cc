#include "tools/command/text/stray_free_text.h"

#include <heapreel/skip_list.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "snapshot/model/frame_picker.h"
#include "tools/command/console/format.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

// "Level::load  src/level.cpp:88"; empty when nothing is known of it.
std::string place_text(const Reel& reel, uint32_t traceback) {
  if (traceback >= reel.info().tracebacks) return "";
  const Traceback& frames = reel.source()->traceback(traceback);
  if (frames.empty()) return "";
  FramePicker picker(SkipList::for_native_code());
  return site_lines(Traceback({picker.pick(frames)}), 1).front();
}

struct Place {
  std::string freed_at;
  std::string allocated_at;  // empty: not known
  uint64_t count = 0;
};

// The places, one for each line of the program, whatever called it.
std::vector<Place> places_of(const Reel& reel, StrayFrees which) {
  std::vector<Place> places;
  for (const engine::StrayFree& stray : reel.info().end.costs.stray_frees) {
    if (!is_among(stray, which)) continue;
    std::string freed_at = place_text(reel, stray.freed_at);
    if (freed_at.empty()) continue;
    std::string allocated_at = place_text(reel, stray.allocated_at);
    const auto known = std::ranges::find(places, freed_at, &Place::freed_at);
    if (known == places.end()) {
      places.push_back({std::move(freed_at), std::move(allocated_at), stray.count});
      continue;
    }
    known->count += stray.count;
    if (known->allocated_at.empty()) known->allocated_at = std::move(allocated_at);
  }
  return places;
}

}  // namespace

std::string stray_frees_text(const Reel& reel, StrayFrees which) {
  std::string text;
  for (const Place& place : places_of(reel, which)) {
    text += format("              {} at {}", counted(place.count, "free"), place.freed_at);
    if (!place.allocated_at.empty()) {
      text += format("{} of a block that had been freed already; it was allocated at {}",
                     place.count == 1 ? "," : ", one of them", place.allocated_at);
    }
    text += '\n';
  }
  return text;
}

void write_stray_frees(JsonWriter& json, const Reel& reel) {
  json.key("stray_frees").begin_array();
  for (const engine::StrayFree& stray : reel.info().end.costs.stray_frees) {
    if (stray.freed_at >= reel.info().tracebacks) continue;
    json.begin_object().member("count", stray.count);
    write_frames(json.key("freed_at"), reel.source()->traceback(stray.freed_at));
    if (stray.allocated_at < reel.info().tracebacks) {
      write_frames(json.key("allocated_at"), reel.source()->traceback(stray.allocated_at));
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace heapreel::tools
