// speedscope's own format: https://www.speedscope.app/file-format-schema.json
#include <map>
#include <string>
#include <tuple>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/stack_figures.h"
#include "snapshot/model/group_label.h"
#include "snapshot/text/json_text.h"

namespace heapreel {
namespace {

struct Profile {
  const char* name;
  const char* unit;
  ExportValue value;
};
// speedscope shows the first, and has a menu of the others.
constexpr Profile kProfiles[] = {{"live bytes", "bytes", ExportValue::kLiveBytes},
                                 {"live blocks", "none", ExportValue::kLiveBlocks},
                                 {"allocated bytes", "bytes", ExportValue::kAllocBytes},
                                 {"allocations", "none", ExportValue::kAllocs}};

class SpeedscopeWriter {
 public:
  SpeedscopeWriter(const ExportSource& source, ExportOutput& output) : source_(source), output_(output) {}

  void write() {
    const std::string moment = source_.request().file + ", " + source_.moment_text();
    std::string head = "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":";
    append_json_text(head, source_.info().header.writer);
    head += ",\"name\":";
    append_json_text(head, moment);
    head += ",\"activeProfileIndex\":0,\"profiles\":[";
    output_.write(head);
    for (const Profile& profile : kProfiles) {
      if (&profile != kProfiles) output_.write(",");
      write_profile(profile);
    }
    output_.write("],\"shared\":{\"frames\":[" + frames_ + "]}}\n");
  }

 private:
  void write_profile(const Profile& profile) {
    const ReelTraceSet& still = source_.still();
    const auto figure_of = [&](uint32_t site) {
      return stack_figures(still.aggregate(site))[static_cast<size_t>(profile.value)];
    };
    std::string weights;
    uint64_t sum = 0;
    output_.write(std::string("{\"type\":\"sampled\",\"name\":\"") + profile.name + "\",\"unit\":\"" + profile.unit +
                  "\",\"samples\":[");
    for (uint32_t site = 0; site < still.site_count(); ++site) {
      const uint64_t figure = figure_of(site);
      if (figure == 0) continue;
      output_.write((sum == 0 ? "[" : ",[") + stack(site) + "]");
      weights += (sum == 0 ? "" : ",") + std::to_string(figure);
      sum += figure;
    }
    output_.write("],\"weights\":[" + weights + "],\"startValue\":0,\"endValue\":" + std::to_string(sum) + "}");
  }

  // Outermost call first.
  std::string stack(uint32_t site) {
    std::string numbers;
    for (const Frame& frame : source_.traceback_of(site)) {
      if (!numbers.empty()) numbers += ',';
      numbers += std::to_string(frame_number(frame));
    }
    return numbers;
  }

  size_t frame_number(const Frame& frame) {
    std::string name = function_label(frame);
    const auto [found, is_new] = numbers_.try_emplace({name, frame.filename(), frame.lineno()}, numbers_.size());
    if (is_new) {
      frames_ += found->second == 0 ? "{\"name\":" : ",{\"name\":";
      append_json_text(frames_, name);
      frames_ += ",\"file\":";
      append_json_text(frames_, frame.filename());
      if (frame.lineno() != 0) frames_ += ",\"line\":" + std::to_string(frame.lineno());
      frames_ += '}';
    }
    return found->second;
  }

  const ExportSource& source_;
  ExportOutput& output_;
  std::map<std::tuple<std::string, std::string, uint32_t>, size_t> numbers_;
  std::string frames_;
};

}  // namespace

void write_speedscope(const ExportSource& source, ExportOutput& output) {
  SpeedscopeWriter(source, output).write();
}

}  // namespace heapreel
