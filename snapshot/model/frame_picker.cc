#include "snapshot/model/frame_picker.h"

#include "snapshot/text/function_name.h"

namespace heapreel {

FramePicker::FramePicker(const SkipList& skip_list)
    : skips_nothing_(skip_list.empty()),
      functions_(skip_list.function_patterns(),
                 [](std::string_view function) { return std::string(without_return_type(function)); }),
      filenames_(skip_list.filename_patterns()),
      looks_at_places_(!skip_list.place_patterns().empty()),
      places_(skip_list.place_patterns()) {}

bool FramePicker::skips(const Frame& frame) {
  return functions_.matches(frame.function()) || filenames_.matches(frame.filename()) ||
         (looks_at_places_ && places_.matches(frame.to_string()));
}

const Frame& FramePicker::pick(const Traceback& traceback) {
  if (!skips_nothing_) {
    for (auto frame = traceback.rbegin(); frame != traceback.rend(); ++frame) {
      if (!skips(*frame)) return *frame;
    }
  }
  return traceback[-1];
}

}  // namespace heapreel
