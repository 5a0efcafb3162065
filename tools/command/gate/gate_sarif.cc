#include "tools/command/gate/gate_sarif.h"

#include <set>

#include "snapshot/text/bare_function.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/gate/source_path.h"

namespace heapreel::tools {
namespace {

const char* level_of(const GateFinding& finding) {
  if (finding.fails) return "error";
  return finding.state == GateFinding::State::kNotChecked ? "warning" : "note";
}

// A path as a relative URI, with special characters escaped.
std::string uri_of(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("/._-~+").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

void write_location(JsonWriter& json, const SourcePlace& place) {
  json.key("locations").begin_array();
  if (!place.path.empty()) {
    json.begin_object().key("physicalLocation").begin_object();
    json.key("artifactLocation").begin_object().member("uri", uri_of(place.path)).end_object();
    if (place.line != 0) json.key("region").begin_object().member("startLine", place.line).end_object();
    json.end_object().end_object();
  }
  json.end_array();
}

void write_result(JsonWriter& json, const GateSubject& subject, const GateFinding& finding) {
  json.begin_object().member("ruleId", finding.rule).member("level", level_of(finding));
  std::string message = finding.name + ": " + finding.message;
  for (const std::string& detail : finding.details) message += joined({"\n", detail});
  json.key("message").begin_object().member("text", message).end_object();
  write_location(json, place_of(subject, finding));
  // The line is left out, so that a finding stays the same after an edit above it.
  std::string identity = finding.rule + "/" + finding.name;
  if (finding.site) identity += joined({"/", bare_function(finding.site->function())});
  json.key("partialFingerprints").begin_object().member("heapreel/v1", identity).end_object();
  json.end_object();
}

}  // namespace

std::string gate_sarif(const GateSubject& subject, const GateResult& result) {
  std::set<std::string> rules;
  for (const GateFinding& finding : result.findings) {
    if (finding.state != GateFinding::State::kKept) rules.insert(finding.rule);
  }
  JsonWriter json;
  json.begin_object().member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").member("version", "2.1.0");
  json.key("runs").begin_array().begin_object().key("tool").begin_object().key("driver").begin_object();
  json.member("name", "heapreel").member("version", HEAPREEL_VERSION).key("rules").begin_array();
  for (const std::string& rule : rules) {
    json.begin_object().member("id", rule).key("shortDescription").begin_object();
    json.member("text", joined({"memory budget: ", rule})).end_object().end_object();
  }
  json.end_array().end_object().end_object().key("results").begin_array();
  for (const GateFinding& finding : result.findings) {
    if (finding.state != GateFinding::State::kKept) write_result(json, subject, finding);
  }
  json.end_array().key("invocations").begin_array().begin_object();
  json.member("executionSuccessful", !result.incomplete).key("toolExecutionNotifications").begin_array();
  for (const std::string& note : result.notes) {
    json.begin_object().member("level", "warning").key("message").begin_object().member("text", note);
    json.end_object().end_object();
  }
  return json.end_array().end_object().end_array().end_object().end_array().end_object().take();
}

}  // namespace heapreel::tools
