#include "tools/command/gate/gate_result.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

const char* label_of(GateFinding::State state) {
  switch (state) {
    case GateFinding::State::kKept:
      return "kept";
    case GateFinding::State::kOver:
      return "over";
    case GateFinding::State::kNeverSeen:
      return "never seen";
    case GateFinding::State::kNotChecked:
      return "not checked";
  }
  return "";
}

}  // namespace

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
  if (summary.empty()) summary = std::move(other.summary);
  incomplete = incomplete || other.incomplete;
}

std::string gate_text(const GateResult& result) {
  std::string text;
  if (!result.summary.empty()) text += format("  budgets     {}\n", result.summary);
  for (const std::string& note : result.notes) text += format("  {}\n", note);
  for (const GateFinding& finding : result.findings) {
    if (finding.state == GateFinding::State::kKept) continue;
    text += format("  {:<12}{}{}: {}\n", label_of(finding.state), finding.name,
                   finding.by_program ? " (declared by the program)" : "", finding.message);
    for (const std::string& detail : finding.details) text += format("              {}\n", detail);
  }
  return text;
}

}  // namespace heapreel::tools
