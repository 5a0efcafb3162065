#include "hooks/process/options.h"

#include <climits>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "hooks/base/byte_count.h"
#include "hooks/process/text_builder.h"

namespace heapreel::hooks {
namespace {

using engine::OverloadPolicy;
using engine::TracerOptions;
using std::string_view;

constexpr const char* kListen = "listen";
constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kTiB = uint64_t{1} << 40;

// clang-format off
constexpr Option kOptions[] = {
    {"ring_budget", OptionType::kBytes, kMiB, kTiB, "memory for events that are not stored yet, of all threads together",
     [](TracerOptions& o, uint64_t v) { o.ring_budget = v; },
     [](const TracerOptions& o) { return o.ring_budget; }},
    {"memory_budget", OptionType::kBytes, 16 * kMiB, kTiB, 
     "limit for the tracer's memory, or a quarter of the control group's limit if that is smaller; when it is reached, tracing stops and the recording says so",
     [](TracerOptions& o, uint64_t v) { o.memory_budget = v; },
     [](const TracerOptions& o) { return o.memory_budget != 0 ? o.memory_budget : o.kDefaultMemoryBudget; }},
    {"overload", OptionType::kOverload, 0, 1, "what happens when ring_budget is used up: stop ends tracing, block makes the program wait",
     [](TracerOptions& o, uint64_t v) { o.overload = v != 0 ? OverloadPolicy::kBlock : OverloadPolicy::kStop; },
     [](const TracerOptions& o) { return uint64_t{o.overload == OverloadPolicy::kBlock}; }},
    {"block_deadline_ms", OptionType::kNumber, 0, 600'000, "the longest time in ms that one call waits under overload=block",
     [](TracerOptions& o, uint64_t v) { o.block_deadline_ms = static_cast<uint32_t>(v); },
     [](const TracerOptions& o) { return uint64_t{o.block_deadline_ms}; }},
    {"frame_every_ms", OptionType::kNumber, 0, 3'600'000,
     "a timer makes a game frame every so many ms until the program makes its own; 0: no timer",
     [](TracerOptions& o, uint64_t v) { o.frame_every_ms = static_cast<uint32_t>(v); },
     [](const TracerOptions& o) { return uint64_t{o.frame_every_ms}; }},
    {"on_breach", OptionType::kOnBreach, 0, uint64_t{static_cast<uint8_t>(engine::kLastOnBreach)},
     "in a program that links heapreel and runs without `heapreel run`: what happens when a budget that it declares is broken",
     [](TracerOptions& o, uint64_t v) { o.on_breach = static_cast<engine::OnBreach>(v); },
     [](const TracerOptions& o) { return uint64_t{static_cast<uint8_t>(o.on_breach)}; }},
    {"follow_forks", OptionType::kSwitch, 0, 1, "trace forked and executed children too, each in a recording of its own",
     [](TracerOptions& o, uint64_t v) { o.follow_forks = v != 0; },
     [](const TracerOptions& o) { return uint64_t{o.follow_forks}; }},
    {"crosscheck_stacks", OptionType::kSwitch, 0, 1,
     "under `heapreel run`: compare every stack with libunwind's and time both; slow, for use when a stack looks wrong",
     [](TracerOptions& o, uint64_t v) { o.crosscheck_stacks = v != 0; },
     [](const TracerOptions& o) { return uint64_t{o.crosscheck_stacks}; }},
    {"arena_fd", OptionType::kNumber, 0, INT_MAX, "set by `heapreel run`: descriptor of the memory that it shares with the program",
     [](TracerOptions& o, uint64_t v) { o.arena_fd = static_cast<int>(v); },
     [](const TracerOptions& o) { return static_cast<uint64_t>(static_cast<int64_t>(o.arena_fd)); }},
    {"control_socket", OptionType::kNumber, 0, INT64_MAX, "set by `heapreel run --follow-forks`: the socket at which processes ask for that memory",
     [](TracerOptions& o, uint64_t v) { o.control_socket = v; },
     [](const TracerOptions& o) { return o.control_socket; }},
    {kListen, OptionType::kSwitch, 0, 1, "wait for `heapreel attach`, on a thread and a socket for this user alone; works with HEAPREEL=0 too",
     [](TracerOptions&, uint64_t) {},  // the engine does not know it: see listens()
     [](const TracerOptions&) { return uint64_t{0}; }},
};
// clang-format on

// A decimal number, saturating; false when text is not one.
bool parse_number(string_view text, uint64_t& value) {
  if (text.empty()) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  return true;
}

bool parse_bytes(string_view text, uint64_t& value) {
  const std::optional<uint64_t> bytes = byte_count(text);
  value = bytes.value_or(0);
  return bytes.has_value();
}

bool parse_value(OptionType type, string_view text, uint64_t& value) {
  switch (type) {
    case OptionType::kBytes:
      return parse_bytes(text, value);
    case OptionType::kNumber:
    case OptionType::kSwitch:
      return parse_number(text, value);
    case OptionType::kOverload:
      value = text == "block";
      return text == "block" || text == "stop";
    case OptionType::kOnBreach:
      for (value = 0; value < std::size(kOnBreachNames); ++value) {
        if (text == kOnBreachNames[value]) return true;
      }
      return false;
  }
  return false;
}

void describe_expected(const Option& option, TextBuilder& error) {
  error << "expected ";
  switch (option.type) {
    case OptionType::kBytes:
      error << "bytes from " << option.min << " to " << option.max << ", or with a suffix K, M, G, T";
      break;
    case OptionType::kNumber:
      error << "a number from " << option.min << " to " << option.max;
      break;
    case OptionType::kSwitch:
      error << "0 or 1";
      break;
    case OptionType::kOverload:
      error << "stop or block";
      break;
    case OptionType::kOnBreach:
      error << "log, none, callback, debug or abort";
      break;
  }
}

// The part of a value that is repeated in a message, because the value may be long or hostile.
string_view quoted(string_view text) {
  return {text.data(), text.size() < 48 ? text.size() : 48};
}

const Option* find_option(string_view name) {
  for (const Option& option : kOptions) {
    if (name == option.name) return &option;
  }
  return nullptr;
}

bool parse_option(string_view piece, TracerOptions& options, TextBuilder& error) {
  const size_t equals = piece.find('=');
  if (equals == string_view::npos) {
    error << "HEAPREEL_OPTIONS: '" << quoted(piece) << "' is not of the form key=value";
    return false;
  }
  const string_view name(piece.data(), equals);
  const string_view text(piece.data() + equals + 1, piece.size() - equals - 1);
  const Option* const option = find_option(name);
  if (option == nullptr) {
    error << "HEAPREEL_OPTIONS: unknown option '" << quoted(name) << "' (see `heapreel help options`)";
    return false;
  }
  uint64_t value;
  if (!parse_value(option->type, text, value) || value < option->min || value > option->max) {
    error << "HEAPREEL_OPTIONS: " << option->name << ": invalid value '" << quoted(text) << "', ";
    describe_expected(*option, error);
    return false;
  }
  option->store(options, value);
  return true;
}

}  // namespace

std::span<const Option> option_table() noexcept {
  return kOptions;
}

bool parse_frames(const char* text, TracerOptions& options, bool& wanted, ErrorText& error) noexcept {
  const string_view whole(text);
  wanted = false;
  if (whole.empty()) return true;
  const char* digits = text + std::strspn(text, " \t\n\v\f\r");
  if (*digits == '+') ++digits;
  uint64_t value;
  if (!parse_number(digits, value) || value > TracerOptions::kMaxTracebackLimit) {
    TextBuilder(error) << "HEAPREEL: invalid number of frames '" << quoted(whole) << "', expected 1 to "
                       << uint64_t{TracerOptions::kMaxTracebackLimit} << ", or 0 for off";
    return false;
  }
  if (value == 0) return true;
  options.traceback_limit = static_cast<int32_t>(value);
  wanted = true;
  return true;
}

bool parse_options(const char* text, TracerOptions& options, ErrorText& error) noexcept {
  TextBuilder message(error);
  for (const char* next = text; *next != '\0';) {
    const size_t length = std::strcspn(next, ":");
    if (length != 0 && !parse_option({next, length}, options, message)) return false;
    next += length;
    if (*next == ':') ++next;
  }
  return true;
}

bool listens(const char* text) noexcept {
  bool last = false;
  for (const char* next = text; *next != '\0';) {
    const string_view piece(next, std::strcspn(next, ":"));
    const size_t name = std::strlen(kListen);
    if (piece.starts_with(kListen) && piece.size() == name + 2 && piece[name] == '=') last = piece[name + 1] == '1';
    next += piece.size();
    if (*next == ':') ++next;
  }
  return last;
}

}  // namespace heapreel::hooks
