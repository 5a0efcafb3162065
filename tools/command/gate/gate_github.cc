#include "tools/command/gate/gate_github.h"

#include <cstdlib>
#include <fstream>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/gate/gate_markdown.h"
#include "tools/command/gate/source_path.h"

namespace heapreel::tools {
namespace {

constexpr size_t kMostAnnotations = 10;

// Escapes a text as the runner expects it: in a property ':' and ',' would end it.
std::string escaped(const std::string& text, bool is_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','))) {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string annotation(const GateSubject& subject, const GateFinding& finding) {
  const SourcePlace place = place_of(subject, finding);
  std::string properties;
  if (!place.path.empty()) properties += joined({"file=", escaped(printable(place.path), true), ","});
  if (!place.path.empty() && place.line != 0) properties += format("line={},", place.line);
  properties += joined({"title=", escaped(printable(joined({"heapreel ", finding.rule})), true)});
  std::string message = printable(finding.name + ": " + finding.message);
  for (const std::string& detail : finding.details) message += joined({"\n", printable(detail)});
  return joined({finding.fails ? "::error " : "::warning ", properties, "::", escaped(message, false), "\n"});
}

void add_to_summary(const std::string& path, const std::string& markdown) {
  std::ofstream file(path, std::ios::app);
  file << markdown;
  file.flush();
  if (!file) throw unreadable(format("{}: cannot be written (GITHUB_STEP_SUMMARY)", path));
}

}  // namespace

std::string gate_github(const GateSubject& subject, const GateResult& result) {
  std::string text;
  size_t shown = 0;
  size_t others = 0;
  for (const GateFinding& finding : result.findings) {
    if (finding.state == GateFinding::State::kKept) continue;
    if (shown++ < kMostAnnotations) {
      text += annotation(subject, finding);
    } else {
      ++others;
    }
  }
  for (const std::string& note : result.notes) text += printable(note) + "\n";
  if (others != 0) text += format("and {} more findings, which the job's summary lists\n", others);
  text += format("{} {}\n", subject.reel, verdict_text(result));
  const char* const summary = std::getenv("GITHUB_STEP_SUMMARY");
  if (summary != nullptr && *summary != '\0') add_to_summary(summary, gate_markdown(subject, result));
  return text;
}

}  // namespace heapreel::tools
