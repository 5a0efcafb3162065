#include "tools/command/run/run_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "hooks/process/options.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/frame_entry.h"
#include "tools/command/run/program_file.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kTracebackLimit = "--traceback-limit";
constexpr std::string_view kMaxSize = "--max-size";
constexpr std::string_view kMaxChildren = "--max-children";
constexpr std::string_view kBudgets = "--budgets";
constexpr std::string_view kFrameAt = "--frame-at";
constexpr std::string_view kEveryGameFrame = "--every-game-frame";
constexpr std::string_view kLive = "--live";
constexpr uint64_t kLeastMaxSize = 64 << 10;  // the header, the end and the index of any reel
constexpr uint64_t kDefaultMaxChildren = 1000;

// The command's name of an option of the tracer; empty when users cannot set it.
std::string flag_of(const hooks::Option& option) {
  const std::string_view name = option.name;
  if (name == "arena_fd" || name == "control_socket" || name == "listen") return "";
  if (name == "on_breach") return "";  // a run judges the program itself
  if (name == "frame_every_ms") return "--frame-every";
  if (name == "block_deadline_ms") return "--block-deadline";
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string value_name(const hooks::Option& option) {
  switch (option.type) {
    case hooks::OptionType::kBytes:
      return "BYTES";
    case hooks::OptionType::kNumber:
      return std::string_view(option.name).ends_with("_ms") ? "MS" : "N";
    case hooks::OptionType::kOverload:
      return "stop|block";
    case hooks::OptionType::kOnBreach:
    case hooks::OptionType::kSwitch:
      return "";
  }
  return "";
}

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// HEAPREEL=0 asks a preloaded library for nothing, but whoever types `heapreel run` wants the default.
std::string checked_frames(const Arguments& arguments, engine::TracerOptions& options) {
  const std::string text = arguments.value(kTracebackLimit).value_or(environment_value("HEAPREEL"));
  hooks::ErrorText error;
  bool wanted = false;
  if (!hooks::parse_frames(text.c_str(), options, wanted, error)) throw usage_error(error);
  if (!wanted && arguments.has(kTracebackLimit)) {
    throw usage_error(format("run: {}: invalid value '{}', expected a number from 1 to {}", kTracebackLimit, text,
                             engine::TracerOptions::kMaxTracebackLimit));
  }
  return std::to_string(options.traceback_limit);
}

// Puts the options of the environment before those of the command line: a later value wins.
std::string checked_tracer_options(const Arguments& arguments, engine::TracerOptions& options) {
  std::string text = "overload=block";
  if (const std::string given = environment_value("HEAPREEL_OPTIONS"); !given.empty())
    text += format_exact(":{}", given);
  for (const hooks::Option& option : hooks::option_table()) {
    const std::string flag = flag_of(option);
    if (flag.empty() || !arguments.has(flag)) continue;
    const std::string value = option.type == hooks::OptionType::kSwitch ? "1" : *arguments.value(flag);
    text += format_exact(":{}={}", option.name, value);
  }
  hooks::ErrorText error;
  if (!hooks::parse_options(text.c_str(), options, error)) throw usage_error(error);
  return text;
}

// What `run` and `attach` have in common. `tracer` is filled in for the caller to look at.
RunOptions recording_options_from(const Arguments& arguments, engine::TracerOptions& tracer) {
  RunOptions options;
  options.frames = checked_frames(arguments, tracer);
  options.tracer_options = checked_tracer_options(arguments, tracer);
  options.output = arguments.value("--output").value_or("");
  if (arguments.has("--output") && options.output.empty()) throw usage_error("--output: the file's name is empty");
  options.overwrite = arguments.has("--force");
  options.max_size = arguments.bytes(kMaxSize, kLeastMaxSize, 0);
  options.every_game_frame = arguments.has(kEveryGameFrame);
  options.live = arguments.has(kLive);
  if (const auto file = arguments.value(kBudgets)) options.budgets = budgets_of_option(*file);
  return options;
}

}  // namespace

void check_output(const RunOptions& options) {
  if (options.output.empty()) {
    if (access(".", W_OK) != 0) throw usage_error("no file can be made in this folder: name another place with -o");
    return;
  }
  std::error_code error;
  const std::filesystem::path path(options.output);
  if (options.output == "-") {
    throw usage_error("run: -o -: standard output belongs to the program: name a file, or a named pipe");
  }
  if (std::filesystem::is_directory(path, error)) {
    throw usage_error(format("{}: is a folder: name a file in it", options.output));
  }
  if (options.output.ends_with('/')) {
    throw usage_error(format("{}: is the name of a folder: name a file", options.output));
  }
  if (std::filesystem::is_socket(path, error) || std::filesystem::is_block_file(path, error)) {
    throw usage_error(format("{}: is a socket or a disk, which can hold no reel: name a file", options.output));
  }
  if (std::filesystem::is_symlink(path, error) &&
      (!std::filesystem::exists(path, error) || std::filesystem::is_regular_file(path, error))) {
    throw usage_error(
        format("{}: is a link, and heapreel writes no reel through a link: name the file itself", options.output));
  }
  if (!options.overwrite && std::filesystem::exists(path, error)) {
    throw usage_error(format("{}: exists already: name another file, or overwrite it with -f", options.output));
  }
  if (std::filesystem::exists(path, error)) {
    if (access(path.c_str(), W_OK) != 0) throw usage_error(format("{}: may not be overwritten", options.output));
    return;  // it is overwritten in place, so that its folder need not be writable
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (access(folder.c_str(), W_OK) != 0) {
    throw usage_error(format("{}: no file can be made in {}", options.output, folder.native()));
  }
}

std::vector<OptionSpec> run_option_table() {
  std::vector<OptionSpec> options = {
      {"--output", "-o", "FILE", "write the reel to FILE instead of PROGRAM.PID.reel"},
      {"--force", "-f", "", "overwrite FILE"},
      {"--allocator", "", "mimalloc|system", "replace the program's allocator by mimalloc, or keep the program's own"},
      {std::string(kTracebackLimit), "", "N", "record the N most recent stack frames of each traceback (default 256)"},
      {std::string(kBudgets), "", "FILE",
       "check every game frame against the budgets in FILE (TOML), and those that the program declares; exit status 1 "
       "when "
       "one is broken; `declared`: the program's alone"},
      {std::string(kEveryGameFrame), "", "",
       "let the program wait for a reel that cannot keep up, so that no game frame is merged into the next: for gates"},
      {std::string(kLive), "", "",
       "show the recording in a browser of this machine while it is made, as `heapreel live` does: prints the address"},
      {std::string(kFrameAt), "", "FUNCTION",
       "end a game frame each time the program calls this function of its own, such as Game::tick"},
      {std::string(kMaxSize), "", "BYTES",
       "end the reel cleanly before it grows beyond this size in bytes (suffix K, M, G, T)"},
      {std::string(kMaxChildren), "", "N",
       format("with --follow-forks, record at most N processes besides the first (default {})", kDefaultMaxChildren)},
  };
  for (const hooks::Option& option : hooks::option_table()) {
    if (std::string flag = flag_of(option); !flag.empty())
      options.push_back({flag, "", value_name(option), option.help});
  }
  return options;
}

std::vector<OptionSpec> attach_option_table() {
  std::vector<OptionSpec> options = run_option_table();
  std::erase_if(options, [](const OptionSpec& option) {
    const std::string_view name = option.name;
    return name == "--allocator" || name == kFrameAt || name == kMaxChildren || name == "--follow-forks" ||
           name == "--crosscheck-stacks" || name == "--map-domain";
  });
  return options;
}

RunOptions attach_options_from(const Arguments& arguments) {
  engine::TracerOptions tracer;
  return recording_options_from(arguments, tracer);
}

RunOptions run_options_from(const Arguments& arguments) {
  engine::TracerOptions tracer;
  if (arguments.operands().empty()) throw usage_error("run: no program: usage: heapreel run [options] -- PROGRAM ...");
  RunOptions options = recording_options_from(arguments, tracer);
  const std::string allocator = arguments.value("--allocator").value_or("mimalloc");
  if (allocator != "mimalloc" && allocator != "system") {
    throw usage_error(format("run: --allocator: invalid value '{}', expected mimalloc or system", allocator));
  }
  options.follow_forks = tracer.follow_forks;
  options.max_children = arguments.number(kMaxChildren, 0, 1'000'000, kDefaultMaxChildren);
  if (options.live && options.follow_forks) throw usage_error("run: --live and --follow-forks exclude each other");
  if (options.budgets && options.follow_forks)
    throw usage_error("run: --budgets and --follow-forks exclude each other");
  check_output(options);
  options.words = arguments.operands();
  options.program = traceable_program(options.words[0]);
  options.frame_at = arguments.value(kFrameAt).value_or("");
  if (arguments.has(kFrameAt)) options.frame_entry = find_frame_entry(options.program, options.frame_at);
  options.allocator = allocator == "system" ? Allocator::kSystem : Allocator::kMimalloc;
  options.preload = preload_path(options.allocator);
  return options;
}

namespace {

std::vector<std::string> environment_with(const RunOptions& options, const std::string& tracer_options) {
  std::vector<std::string> variables;
  std::string preload = options.preload;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (variable.starts_with("HEAPREEL=") || variable.starts_with("HEAPREEL_OPTIONS=")) continue;
    if (variable.starts_with(hooks::kFrameEntryVariable)) continue;
    if (variable.starts_with("LD_PRELOAD=")) {
      if (variable != "LD_PRELOAD=") preload += format_exact(":{}", variable.substr(11));
      continue;
    }
    variables.emplace_back(variable);
  }
  variables.push_back(format_exact("LD_PRELOAD={}", preload));
  variables.push_back(format_exact("HEAPREEL={}", options.frames));
  if (options.frame_entry) {
    const hooks::FrameEntry& entry = *options.frame_entry;
    variables.push_back(format_exact("{}={}:{}:{}", std::string_view(hooks::kFrameEntryVariable), entry.vaddr,
                                     entry.bytes, entry.hash));
  }
  variables.push_back(format_exact("HEAPREEL_OPTIONS={}", tracer_options));
  return variables;
}

}  // namespace

std::vector<std::string> traced_environment(const RunOptions& options, int arena_fd) {
  return environment_with(options, format_exact("{}:arena_fd={}", options.tracer_options, arena_fd));
}

std::vector<std::string> followed_environment(const RunOptions& options, uint64_t control_socket) {
  return environment_with(options, format_exact("{}:control_socket={}", options.tracer_options, control_socket));
}

}  // namespace heapreel::tools
