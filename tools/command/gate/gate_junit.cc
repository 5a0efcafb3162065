#include "tools/command/gate/gate_junit.h"

#include <algorithm>

#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"

namespace heapreel::tools {
namespace {

std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

bool is_bad(const GateFinding& finding) {
  return finding.fails || finding.state == GateFinding::State::kNotChecked;
}

// A limit that was not checked is an error of the test, and no failure of the program.
std::string test_case(const GateFinding& finding) {
  const std::string name =
      finding.limit ? joined({finding.name, format(" {} {}", finding.rule, *finding.limit)}) : finding.name;
  const std::string head =
      joined({"    <testcase classname=\"heapreel.", xml(finding.rule), "\" name=\"", xml(name), "\""});
  if (!is_bad(finding)) return joined({head, "/>\n"});
  const char* const element = finding.fails ? "failure" : "error";
  std::string details;
  for (const std::string& detail : finding.details) details += joined({"\n", xml(detail)});
  return joined({head, ">\n      <", element, " type=\"", xml(finding.rule), "\" message=\"", xml(finding.message),
                 "\">", xml(joined({finding.name, ": ", finding.message})), details, "</", element,
                 ">\n    </testcase>\n"});
}

}  // namespace

std::string gate_junit(const GateSubject& subject, const GateResult& result) {
  const auto failures = std::ranges::count_if(result.findings, &GateFinding::fails);
  const auto bad = std::ranges::count_if(result.findings, is_bad);
  // A recording with gaps is an error of its own, so that it passes in no CI system.
  const bool has_gap = result.incomplete && bad == failures;
  const std::string counts =
      format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", result.findings.size() + (has_gap ? 1 : 0), failures,
             bad - failures + (has_gap ? 1 : 0));
  std::string cases;
  for (const GateFinding& finding : result.findings) cases += test_case(finding);
  std::string notes;
  for (const std::string& note : result.notes) notes += joined({xml(note), "\n"});
  if (has_gap) {
    cases +=
        joined({"    <testcase classname=\"heapreel.recording\" name=\"everything could be checked\">\n"
                "      <error type=\"incomplete\" message=\"not everything could be checked\">",
                notes, "</error>\n    </testcase>\n"});
  }
  if (!notes.empty()) cases += joined({"    <system-out>", notes, "</system-out>\n"});
  return joined({"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"heapreel\" ", counts,
                 ">\n  <testsuite name=\"", xml(subject.reel), "\" ", counts, ">\n", cases,
                 "  </testsuite>\n</testsuites>\n"});
}

}  // namespace heapreel::tools
