// How the findings of a gate are written: for people, and for what CI systems read.
#pragma once

#include <string>
#include <string_view>

#include "tools/command/console/command_line.h"
#include "tools/command/gate/gate_result.h"

namespace heapreel::tools {

// What was judged, and by which file.
struct GateSubject {
  std::string reel;  // the file that was judged
  std::string program;
  std::string budgets;  // the file; empty: none
};

struct GateFormat {
  std::string_view name;
  std::string (*write)(const GateSubject& subject, const GateResult& result);
};

// "passed", "failed", or that it is incomplete.
std::string verdict_text(const GateResult& result);

// "text, json ..."
std::string gate_format_names();
// The format that --format or --json asks for. Throws a usage error.
const GateFormat& gate_format_from(const Arguments& arguments);

}  // namespace heapreel::tools
