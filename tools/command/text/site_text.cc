#include "tools/command/text/site_text.h"

#include "tools/command/console/format.h"

namespace heapreel::tools {

std::vector<std::string> site_lines(const Traceback& traceback, size_t depth) {
  std::vector<std::string> lines;
  for (auto frame = traceback.rbegin(); frame != traceback.rend(); ++frame) {
    if (depth != 0 && lines.size() == depth) {
      lines.push_back(format("<- ... and {} more (--depth 0: all)", traceback.size() - depth));
      break;
    }
    // A file alone has neither line nor offset.
    const std::string place = frame->lineno() == 0 && frame->offset() == 0 ? frame->filename() : frame->to_string();
    std::string line = lines.empty() ? "" : "<- ";
    line += frame->function().empty() ? place : format("{}  {}", frame->function(), place);
    lines.push_back(std::move(line));
  }
  return lines;
}

void write_frames(JsonWriter& json, const Traceback& traceback) {
  json.begin_array();
  for (const Frame& frame : traceback) {
    json.begin_object();
    if (frame.is_label()) {
      json.member("name", frame.to_string());
    } else {
      json.member("filename", frame.filename()).member("lineno", frame.lineno());
      json.member("function", frame.function()).member("module", frame.module()).member("offset", frame.offset());
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace heapreel::tools
