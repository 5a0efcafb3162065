#include "tools/command/gate/gate_markdown.h"

#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/text/site_text.h"

namespace heapreel::tools {
namespace {

// A text of the program in a cell of a table, of which nothing is taken for markup.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : printable(text)) {
    if (c == '<') {
      escaped += "&lt;";
      continue;
    }
    if (std::string_view("\\`*_{}[]()#+!|~>@").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string site_of(const GateFinding& finding) {
  return finding.site ? cell(site_lines(Traceback({*finding.site}), 1).front()) : "";
}

}  // namespace

std::string gate_markdown(const GateSubject& subject, const GateResult& result) {
  std::string text = joined({"### heapreel: ", cell(subject.reel), " ", verdict_text(result), "\n"});
  for (const GateSummary& summary : result.summaries)
    text += joined({"\n", cell(joined({summary.what, ": ", summary.text})), "\n"});
  std::string rows;
  size_t kept = 0;
  for (const GateFinding& finding : result.findings) {
    if (finding.state == GateFinding::State::kKept) {
      ++kept;
      continue;
    }
    rows += joined({"| ", finding.fails ? ":x: " : "", state_label(finding.state), " | ", cell(finding.name), " | ",
                    cell(finding.message), " | ", site_of(finding), " |\n"});
  }
  if (!rows.empty()) text += joined({"\n| | of | what | where |\n|---|---|---|---|\n", rows});
  for (const std::string& note : result.notes) text += joined({"\n- ", cell(note)});
  if (!result.notes.empty()) text += "\n";
  if (kept != 0) text += joined({"\n", counted(kept, "limit"), " kept\n"});
  return text;
}

}  // namespace heapreel::tools
