// Collapsed stacks: "main;Level::load;Mesh::read 4096", one line for each stack.
#include <map>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/stack_figures.h"
#include "snapshot/model/group_label.h"
#include "snapshot/text/valid_utf8.h"

namespace heapreel {
namespace {

// A semicolon ends a function, and a blank and a number end the line, so that names may contain none of them.
std::string frame_name(const Frame& frame) {
  std::string name = valid_utf8(function_label(frame));
  for (char& c : name) {
    if (c == ';') {
      c = ':';
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = ' ';
    }
  }
  return name;
}

}  // namespace

void write_collapsed(const ExportSource& source, ExportOutput& output) {
  const ReelTraceSet& still = source.still();
  const auto value = static_cast<size_t>(source.request().value);
  std::map<uint32_t, uint64_t> figures;  // by traceback, because the format has no domains and tags
  for (uint32_t site = 0; site < still.site_count(); ++site) {
    const uint64_t figure = stack_figures(still.aggregate(site))[value];
    if (figure != 0) figures[source.tables().site(site).traceback] += figure;
  }
  for (const auto& [traceback, figure] : figures) {
    std::string line;
    for (const Frame& frame : source.source().traceback(traceback)) {
      if (!line.empty()) line += ';';
      line += frame_name(frame);
    }
    output.write(line + ' ' + std::to_string(figure) + '\n');
  }
}

}  // namespace heapreel
