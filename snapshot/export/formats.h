// The formats that a reel can be exported to: one row each, one file each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"

namespace heapreel {

struct ExportFormat {
  std::string_view name;    // for --to
  std::string_view suffix;  // of the file's name: ".pb.gz"
  std::string_view help;    // what it is, and what opens it, in one line
  void (*write)(const ExportSource& source, ExportOutput& output);
  bool takes_value = false;  // ExportSource::Request::value
  bool takes_table = false;  // ExportSource::Request::table
  bool needs_file = false;   // it cannot be written to a pipe
  bool of_state = false;     // it shows one state, which may be a mark's (ExportSource::Request::mark)
};

// Writers throw ReelError when the reel cannot be read, and ExportError when the output cannot be written.
std::span<const ExportFormat> export_formats();
// Null where there is none.
const ExportFormat* find_export_format(std::string_view name);

}  // namespace heapreel
