// `heapreel report`: one page that shows a recording, and the three sentences that stand on top of it.
#include <cstdio>
#include <filesystem>

#include "snapshot/export/export_output.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/skip_options.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/report/report_page.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> report_option_table() {
  std::vector<OptionSpec> options = {
      {"--output", "-o", "PAGE", "write the page to PAGE (default: the name of FILE with .html for its suffix)"},
      {"--force", "-f", "", "overwrite PAGE"},
      {"--summary", "", "", "print the three sentences that stand on top of the page, and write no page"},
      {"--json", "", "", "with --summary: print JSON"},
  };
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (OptionSpec& option : table()) options.push_back(std::move(option));
  }
  return options;
}

std::string page_path(const Arguments& arguments, const std::string& reel) {
  const auto given = arguments.value("--output");
  if (given == "-") throw usage_error("report: the sentences go to standard output: name a file for the page with -o");
  if (given) return *given;
  if (reel == "-") throw usage_error("report: a reel from standard input has no name: name the page with -o PAGE");
  return std::filesystem::path(reel).replace_extension(".html").string();
}

void write_page(const std::string& path, bool overwrite, const std::string& page) {
  try {
    ExportOutput output(path, overwrite);
    output.write(page);
    output.commit();
  } catch (const ExportError& error) {
    throw unreadable(error.what());
  }
}

std::string summary_text(const std::vector<ReportSentence>& sentences) {
  std::string text;
  for (const ReportSentence& sentence : sentences) text += format("{}\n", sentence.text);
  return text;
}

std::string summary_json(const std::string& path, const Reel& reel, const std::vector<ReportSentence>& sentences) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.summary/1").member("file", path).key("sentences").begin_array();
  for (const ReportSentence& sentence : sentences) {
    json.begin_object().member("about", sentence.about).member("text", sentence.text);
    json.member("before", sentence.a).member("game_frame", sentence.b).member("function", sentence.function);
    write_program_number(json, "before_number", reel, sentence.a);
    write_program_number(json, "number", reel, sentence.b);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

// The options about names and skipped frames, as words of a command.
std::vector<std::string> name_options(const Arguments& arguments) {
  std::vector<std::string> words;
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (const OptionSpec& option : table()) {
      if (option.value.empty() && arguments.has(option.name)) words.push_back(option.name);
      if (option.value.empty()) continue;
      for (const std::string& value : arguments.all_values(option.name)) {
        words.push_back(option.name);
        words.push_back(value);
      }
    }
  }
  return words;
}

ExitStatus report(const Arguments& arguments) {
  arguments.require_operands(1);
  const std::string& path = arguments.operands()[0];
  const bool summary = arguments.has("--summary");
  if (arguments.has("--json") && !summary) throw usage_error("report: --json goes with --summary");
  for (const char* option : {"--output", "--force"}) {
    if (summary && arguments.has(option)) {
      throw usage_error(format("report: --summary writes no page: leave {} out", option));
    }
  }
  const SkipList skip_list = skip_list_from(arguments);
  const std::string page = summary ? "" : page_path(arguments, path);
  if (!summary) expect_another_file(page, path);
  std::error_code error;
  if (!summary && !arguments.has("--force") && std::filesystem::exists(page, error)) {
    throw usage_error(format("{}: exists already: name another file, or overwrite it with -f", page));
  }
  const Reel reel = open_reel(path, symbol_options(arguments));
  game_frame_of(reel, "end");  // says so when there is none
  try {
    const ReportData data = ReportData::of(reel, path, skip_list, name_options(arguments));
    if (summary) {
      std::fputs(
          (arguments.has("--json") ? summary_json(path, reel, data.sentences) : summary_text(data.sentences)).c_str(),
          stdout);
    } else {
      const std::string text = PackedReport(data, ReportPage::kStill).page();
      write_page(page, arguments.has("--force"), text);
      std::fputs(summary_text(data.sentences).c_str(), stdout);
      std::fputs(format("\n{}  {}: open it in a browser\n", page, size_text(text.size())).c_str(), stdout);
    }
  } catch (const ReelError& damage) {
    throw unreadable(damage.what());
  }
  report_symbols(reel);
  return completeness(reel.info());
}

}  // namespace

CommandSpec report_command() {
  static constexpr Example examples[] = {
      {"heapreel report game.reel", "write game.html, which any browser opens"},
      {"heapreel report --summary game.reel", "what matters, in three sentences"},
  };
  return {.name = "report",
          .operands = "FILE",
          .help = "one page that shows the recording in a browser, without a network",
          .options = report_option_table,
          .execute = report,
          .examples = examples};
}

}  // namespace heapreel::tools
