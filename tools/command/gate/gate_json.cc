#include "tools/command/gate/gate_json.h"

#include "tools/command/console/json_writer.h"
#include "tools/command/text/site_text.h"

namespace heapreel::tools {
namespace {

void write_finding(JsonWriter& json, const GateFinding& finding) {
  json.begin_object().member("state", state_name(finding.state)).member("fails", finding.fails);
  json.member("name", finding.name).member("rule", finding.rule);
  json.member("by", finding.by_program ? "program" : "file");
  if (finding.line != 0) json.member("line", finding.line);
  json.member("message", finding.message);
  if (finding.value) json.member("value", *finding.value);
  if (finding.limit) json.member("limit", *finding.limit);
  if (finding.game_frame) json.member("game_frame", *finding.game_frame);
  if (finding.state == GateFinding::State::kOver) json.member("game_frames_over", finding.game_frames_over);
  if (finding.site) write_frames(json.key("site"), Traceback({*finding.site}));
  json.end_object();
}

}  // namespace

const char* state_name(GateFinding::State state) {
  switch (state) {
    case GateFinding::State::kKept:
      return "kept";
    case GateFinding::State::kOver:
      return "over";
    case GateFinding::State::kNeverSeen:
      return "never_seen";
    case GateFinding::State::kNotChecked:
      return "not_checked";
    case GateFinding::State::kGone:
      return "gone";
  }
  return "";
}

std::string gate_json(const GateSubject& subject, const GateResult& result) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.check/1").member("file", subject.reel);
  json.member("program", subject.program).member("budgets", subject.budgets);
  json.member("status", static_cast<uint64_t>(result.status())).member("incomplete", result.incomplete);
  json.key("findings").begin_array();
  for (const GateFinding& finding : result.findings) write_finding(json, finding);
  json.end_array().key("summaries").begin_object();
  for (const GateSummary& summary : result.summaries) json.member(summary.what, summary.text);
  json.end_object().key("notes").begin_array();
  for (const std::string& note : result.notes) json.value(note);
  return json.end_array().end_object().take();
}

}  // namespace heapreel::tools
