#include "tools/command/gate/gate_format.h"

#include <algorithm>
#include <vector>

#include "tools/command/console/colour.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/gate/gate_github.h"
#include "tools/command/gate/gate_json.h"
#include "tools/command/gate/gate_junit.h"
#include "tools/command/gate/gate_markdown.h"
#include "tools/command/gate/gate_sarif.h"

namespace heapreel::tools {
namespace {

std::string write_text(const GateSubject& subject, const GateResult& result) {
  const bool colours = wants_colours();
  const ExitStatus status = result.status();
  const Colour colour = status == kOk ? Colour::kGreen : status == kGateFailed ? Colour::kRed : Colour::kYellow;
  std::string text = format("{}: ", subject.reel);
  text += coloured(verdict_text(result), colour, colours);
  text += "\n";
  return text += gate_text(result, colours);
}

constexpr GateFormat kFormats[] = {{"text", write_text},  {"json", gate_json},   {"md", gate_markdown},
                                   {"junit", gate_junit}, {"sarif", gate_sarif}, {"github", gate_github}};

}  // namespace

std::string verdict_text(const GateResult& result) {
  switch (result.status()) {
    case kOk:
      return "passed";
    case kGateFailed:
      return "failed";
    default:
      return "incomplete: not everything could be checked, and nothing is known to be over a limit";
  }
}

std::string gate_format_names() {
  std::string names;
  for (const GateFormat& known : kFormats) names += format("{}{}", names.empty() ? "" : ", ", known.name);
  return names;
}

const GateFormat& gate_format_from(const Arguments& arguments) {
  const std::string name = arguments.value("--format").value_or(arguments.has("--json") ? "json" : "text");
  if (arguments.has("--json") && name != "json") {
    throw usage_error(format("check: --json and --format {} exclude each other", name));
  }
  const auto* const known = std::ranges::find(kFormats, name, &GateFormat::name);
  if (known != std::end(kFormats)) return *known;
  std::vector<std::string> names;
  for (const GateFormat& format : kFormats) names.emplace_back(format.name);
  throw usage_error(format("check: --format: unknown format '{}'{}; there are {}", name, nearest_hint(name, names),
                           gate_format_names()));
}

}  // namespace heapreel::tools
