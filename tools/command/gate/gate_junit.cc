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

// What was not checked is an error of the test, and no failure of the program.
std::string test_case(const GateFinding& finding) {
  const std::string name = finding.name + (finding.limit ? format(" {} {}", finding.rule, *finding.limit) : "");
  std::string text = joined({"    <testcase classname=\"heapreel.", xml(finding.rule), "\" name=\"", xml(name), "\""});
  if (!is_bad(finding)) return text + "/>\n";
  const char* const element = finding.fails ? "failure" : "error";
  text += format(">\n      <{} type=\"{}\" message=\"", element, finding.rule) + xml(finding.message) + "\">";
  text += xml(finding.name + ": " + finding.message);
  for (const std::string& detail : finding.details) text += joined({"\n", xml(detail)});
  return text + format("</{}>\n    </testcase>\n", element);
}

}  // namespace

std::string gate_junit(const GateSubject& subject, const GateResult& result) {
  const auto failures = std::ranges::count_if(result.findings, &GateFinding::fails);
  const auto bad = std::ranges::count_if(result.findings, is_bad);
  // A recording with gaps is an error of its own: it passes nowhere.
  const bool has_gap = result.incomplete && bad == failures;
  const std::string counts =
      format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", result.findings.size() + (has_gap ? 1 : 0), failures,
             bad - failures + (has_gap ? 1 : 0));
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += joined(
      {"<testsuites name=\"heapreel\" ", counts, ">\n  <testsuite name=\"", xml(subject.reel), "\" ", counts, ">\n"});
  for (const GateFinding& finding : result.findings) text += test_case(finding);
  std::string notes;
  for (const std::string& note : result.notes) notes += xml(note) + "\n";
  if (has_gap) {
    text +=
        joined({"    <testcase classname=\"heapreel.recording\" name=\"everything could be checked\">\n"
                "      <error type=\"incomplete\" message=\"not everything could be checked\">",
                notes, "</error>\n    </testcase>\n"});
  }
  if (!notes.empty()) text += joined({"    <system-out>", notes, "</system-out>\n"});
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace heapreel::tools
