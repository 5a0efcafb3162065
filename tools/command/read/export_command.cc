// `heapreel export`: a reel as other tools read it.
#include <heapreel/errors.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "snapshot/export/formats.h"
#include "snapshot/export/tables.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_progress.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

struct ValueName {
  const char* name;
  ExportValue value;
};
constexpr ValueName kValues[] = {{"live-bytes", ExportValue::kLiveBytes},
                                 {"live-blocks", ExportValue::kLiveBlocks},
                                 {"alloc-bytes", ExportValue::kAllocBytes},
                                 {"allocs", ExportValue::kAllocs}};

// "pprof|collapsed|speedscope".
std::string format_names() {
  std::string names;
  for (const ExportFormat& format : export_formats()) {
    if (!names.empty()) names += '|';
    names += format.name;
  }
  return names;
}

std::string table_names() {
  std::string names;
  for (const ExportTable& table : export_tables()) {
    if (!names.empty()) names += '|';
    names += table.name;
  }
  return names;
}

std::vector<OptionSpec> export_option_table() {
  std::vector<OptionSpec> options = {
      {"--to", "", format_names(), "the format to write, see below"},
      {"--output", "-o", "FILE", "write to FILE instead of the reel's name with the format's suffix; - is stdout"},
      {"--force", "-f", "", "overwrite FILE"},
      {"--value", "", "live-bytes|live-blocks|alloc-bytes|allocs",
       "which figure a format has that shows only one (default live-bytes)"},
      {"--table", "", table_names(), "the one table to write"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

std::string export_notes() {
  std::string text = "Formats (a moment behind FILE, as in game.reel@1204, ends what is exported):\n";
  for (const ExportFormat& row : export_formats()) {
    text += format("  {:<11} {}\n", row.name, row.help);
  }
  return text;
}

const ExportFormat& format_from(const Arguments& arguments) {
  const auto name = arguments.value("--to");
  if (!name) throw usage_error(format("export: no format: name one with --to ({})", format_names()));
  if (const ExportFormat* format = find_export_format(*name); format != nullptr) return *format;
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) names.emplace_back(format.name);
  throw usage_error(
      format("export: --to: unknown format '{}'{} ({})", *name, nearest_hint(*name, names), format_names()));
}

ExportValue value_from(const Arguments& arguments, const ExportFormat& format) {
  const auto name = arguments.value("--value");
  if (!name) return ExportValue::kLiveBytes;
  if (!format.takes_value) {
    throw usage_error(tools::format("export: --value: {} has all figures, and takes none", format.name));
  }
  std::vector<std::string> names;
  for (const ValueName& value : kValues) {
    if (*name == value.name) return value.value;
    names.emplace_back(value.name);
  }
  throw usage_error(tools::format("export: --value: unknown figure '{}'{}", *name, nearest_hint(*name, names)));
}

// The named table; empty when none is named.
std::string table_from(const Arguments& arguments, const ExportFormat& format) {
  const std::string name = arguments.value("--table").value_or("");
  if (!arguments.has("--table") || (format.takes_table && find_export_table(name) != nullptr)) return name;
  if (!format.takes_table)
    throw usage_error(tools::format("export: --table: the format {} has no tables to choose from", format.name));
  std::vector<std::string> names;
  for (const ExportTable& table : export_tables()) names.emplace_back(table.name);
  throw usage_error(
      tools::format("export: --table: unknown table '{}'{} ({})", name, nearest_hint(name, names), table_names()));
}

// "game.reel" -> "game.pb.gz".
std::string default_output(const std::string& reel, const ExportFormat& format) {
  if (reel == "-") throw usage_error("export: the reel comes from stdin: name the output with -o");
  const bool has_suffix = reel.ends_with(".reel");
  return reel.substr(0, reel.size() - (has_suffix ? 5 : 0)) + std::string(format.suffix);
}

// Checked before the long reading, and again when the file appeared meanwhile (ExportOutput).
void expect_free(const std::string& path, bool overwrite) {
  struct stat there {};
  if (overwrite || path == "-" || stat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return;
  throw usage_error(format("{}: exists already: name another file, or overwrite it with -f", path));
}

// What goes from game frame to game frame ends with a game frame.
Moment exported_moment(const Reel& reel, const std::string& spec, const ExportFormat& row) {
  const Moment moment = moment_of(reel, spec);
  if (!moment.mark || row.of_state) return moment;
  std::fputs(
      format("heapreel: {} tells of whole game frames: up to the end of game frame {}, in which the mark {} lies\n",
             row.name, game_frame_name(reel, moment.game_frame), mark_name(reel, *moment.mark))
          .c_str(),
      stderr);
  return {moment.game_frame};
}

ExitStatus export_reel(const Arguments& arguments) {
  arguments.require_operands(1);
  const ExportFormat& row = format_from(arguments);
  ExportSource::Request request;
  request.value = value_from(arguments, row);
  request.table = table_from(arguments, row);
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  const std::string output_path = arguments.value("--output").value_or(default_output(path, row));
  if (output_path.empty()) throw usage_error("export: --output: the file's name is empty");
  expect_another_file(output_path, path);
  expect_free(output_path, arguments.has("--force"));
  Reel reel = open_reel(path, symbol_options(arguments));
  request.file = path;
  const Moment moment = exported_moment(reel, spec, row);
  request.mark = moment.mark;
  request.game_frame = moment.mark ? moment.game_frame : shown_game_frame(reel, moment.game_frame);
  request.progress = progress_of_replay();
  const ExportSource source(std::move(reel), std::move(request));
  try {
    ExportOutput output(output_path, arguments.has("--force"));
    if (row.needs_file && output.unfinished_path().empty()) {
      throw usage_error(format(
          "export: {} cannot be written to standard output, because its file is not written from beginning to end: "
          "name a file with -o",
          row.name));
    }
    row.write(source, output);
    output.commit();
  } catch (const ExportError& error) {
    throw unreadable(error.what());
  } catch (const ReelError& error) {
    throw unreadable(error.what());
  }
  report_symbols(source.reel());
  if (output_path != "-") std::fputs(format("heapreel: wrote {}\n", output_path).c_str(), stderr);
  return completeness(source.info());
}

}  // namespace

CommandSpec export_command() {
  static constexpr Example examples[] = {
      {"heapreel export --to pprof game.reel@peak", "for `go tool pprof`"},
      {"heapreel export --to sqlite game.reel", "a database of the whole run"},
      {"heapreel export --to collapsed -o - game.reel@peak", "folded stacks on stdout, for flame graphs"},
  };
  return {.name = "export",
          .operands = "FILE[@SPEC]",
          .help = "write a reel in a format that other tools read",
          .options = export_option_table,
          .execute = export_reel,
          .notes = export_notes,
          .examples = examples};
}

}  // namespace heapreel::tools
