// `heapreel doctor`: whether this machine, and a program, can be traced well, and what to do.
#include <algorithm>
#include <cstdio>

#include "tools/command/console/colour.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/doctor/machine_checks.h"
#include "tools/command/doctor/program_checks.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

using State = Finding::State;

const char* name_of(State state) {
  return state == State::kGood ? "good" : state == State::kNote ? "note" : "problem";
}

std::string text_of(const std::vector<Finding>& findings, bool wants_colour) {
  size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, finding.topic.size());
  std::string text;
  for (const Finding& finding : findings) {
    const Colour colour = finding.state == State::kGood   ? Colour::kGreen
                          : finding.state == State::kNote ? Colour::kYellow
                                                          : Colour::kRed;
    const std::string name = name_of(finding.state);
    text += coloured(name, colour, wants_colour) + std::string(9 - name.size(), ' ');
    text += finding.topic + std::string(widest + 2 - finding.topic.size(), ' ') + printable(finding.text) + "\n";
    if (!finding.advice.empty()) text += std::string(11 + widest, ' ') + "-> " + printable(finding.advice) + "\n";
  }
  return text;
}

std::string json_of(const std::vector<Finding>& findings, const std::string& program) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.doctor/1").member("file", program).key("findings").begin_array();
  for (const Finding& finding : findings) {
    json.begin_object().member("state", name_of(finding.state)).member("topic", finding.topic);
    json.member("text", finding.text).member("advice", finding.advice).end_object();
  }
  return json.end_array().end_object().take();
}

std::vector<OptionSpec> doctor_option_table() {
  std::vector<OptionSpec> options = {{"--json", "", "", "print JSON"}};
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

ExitStatus examine(const Arguments& arguments) {
  std::vector<Finding> findings = check_machine();
  const std::string program = arguments.operands().empty() ? "" : arguments.operands()[0];
  if (!arguments.operands().empty()) {
    for (Finding& finding : check_program(program, symbol_options(arguments))) findings.push_back(std::move(finding));
  }
  const std::string text = arguments.has("--json") ? json_of(findings, program) : text_of(findings, wants_colours());
  std::fputs(text.c_str(), stdout);
  const bool is_sound = std::ranges::none_of(findings, [](const Finding& f) { return f.state == State::kProblem; });
  return is_sound ? kOk : kGateFailed;
}

std::string doctor_notes() {
  return "The program does not run: its file and those of its libraries are looked at. Exit status 1: there is a "
         "problem,\n"
         "with which nothing would be traced, or not what matters.\n";
}

}  // namespace

CommandSpec doctor_command() {
  static constexpr Example examples[] = {
      {"heapreel doctor", "what this machine allows"},
      {"heapreel doctor -- ./game", "the same, and what the program can be asked"},
  };
  return {.name = "doctor",
          .operands = "[-- PROGRAM ...]",
          .help = "whether this machine and a program can be traced well, and what to do",
          .options = doctor_option_table,
          .execute = examine,
          .takes_program = true,
          .notes = doctor_notes,
          .examples = examples};
}

}  // namespace heapreel::tools
