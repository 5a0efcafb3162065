#include "tools/command/gate/gate_result.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tools/command/console/colour.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {

const char* state_label(GateFinding::State state) {
  switch (state) {
    case GateFinding::State::kKept:
      return "kept";
    case GateFinding::State::kOver:
      return "over";
    case GateFinding::State::kNeverSeen:
      return "never seen";
    case GateFinding::State::kNotChecked:
      return "not checked";
    case GateFinding::State::kGone:
      return "gone";
  }
  return "";
}

ExitStatus GateResult::status() const {
  if (std::ranges::any_of(findings, &GateFinding::fails)) return kGateFailed;
  return incomplete ? kIncomplete : kOk;
}

ExitStatus GateResult::status_unasked() const {
  const auto is_over = [](const GateFinding& finding) { return finding.state == GateFinding::State::kOver; };
  return std::ranges::any_of(findings, is_over) ? kGateFailed : kOk;
}

void GateResult::add(GateResult other) {
  std::ranges::move(other.findings, std::back_inserter(findings));
  std::ranges::move(other.notes, std::back_inserter(notes));
  std::ranges::move(other.summaries, std::back_inserter(summaries));
  incomplete = incomplete || other.incomplete;
}

namespace {

Colour colour_of(GateFinding::State state) {
  switch (state) {
    case GateFinding::State::kOver:
      return Colour::kRed;
    case GateFinding::State::kNeverSeen:
    case GateFinding::State::kNotChecked:
      return Colour::kYellow;
    case GateFinding::State::kKept:
    case GateFinding::State::kGone:
      break;
  }
  return Colour::kGreen;
}

}  // namespace

std::string gate_text(const GateResult& result, bool colours) {
  // Few people read what is gone, so that a handful is enough.
  constexpr size_t kMostGone = 10;
  std::string text;
  for (const GateSummary& summary : result.summaries) text += format("  {:<12}{}\n", summary.what, summary.text);
  size_t gone = 0;
  for (const std::string& note : result.notes) text += format("  {}\n", note);
  for (const GateFinding& finding : result.findings) {
    if (finding.state == GateFinding::State::kKept) continue;
    if (finding.state == GateFinding::State::kGone && ++gone > kMostGone) continue;
    text += "  ";
    text += coloured(format("{:<12}", state_label(finding.state)), colour_of(finding.state), colours);
    text += format("{}{}: {}\n", finding.name, finding.by_program ? " (declared by the program)" : "", finding.message);
    for (const std::string& detail : finding.details) text += format("              {}\n", detail);
  }
  if (gone > kMostGone) text += format("  gone        and {} more\n", grouped(gone - kMostGone));
  return text;
}

}  // namespace heapreel::tools
