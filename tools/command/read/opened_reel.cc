#include "tools/command/read/opened_reel.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/read/mark_spec.h"
#include "tools/command/text/ending_text.h"

namespace heapreel::tools {
namespace {

// Of a larger reel only what is shown is checked; `info --verify` checks all of it.
constexpr uint64_t kMostCheckedBytes = 256 << 20;

void warn(const std::string& text) {
  std::fputs(format("heapreel: {}\n", text).c_str(), stderr);
}

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A reel is not read from beginning to end, so that one from a pipe is kept in memory first.
class StandardInput {
 public:
  // Reads standard input when `path` is "-".
  explicit StandardInput(const std::string& path) : path_(path) {
    if (path != "-") return;
    copy_ = memfd_create("reel", MFD_CLOEXEC);
    if (copy_ < 0) throw unreadable(format("-: cannot be kept in memory: {}", std::strerror(errno)));
    std::vector<char> buffer(1 << 20);
    for (;;) {
      const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got == 0) break;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 || !keep(buffer.data(), static_cast<size_t>(got))) {
        throw unreadable(format("-: cannot be read: {}", std::strerror(errno)));
      }
    }
    path_ = format("/proc/self/fd/{}", copy_);
  }
  ~StandardInput() {
    if (copy_ >= 0) close(copy_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  const std::string& path() const { return path_; }

 private:
  bool keep(const char* bytes, size_t count) const {
    while (count > 0) {
      const ssize_t put = write(copy_, bytes, count);
      if (put < 0) return false;
      bytes += put;
      count -= static_cast<size_t>(put);
    }
    return true;
  }

  std::string path_;
  int copy_ = -1;
};

uint32_t checked(const Reel& reel, uint32_t number, std::string_view spec) {
  const auto& rows = reel.game_frames();
  if (number >= rows.front().number && number <= rows.back().number) return number;
  throw usage_error(format("@{}: the reel has game frames {} to {}", spec, rows.front().number, rows.back().number));
}

// The game frame of "1204", a number that the program gave, or of "1204#2", the second one of that number.
std::optional<uint32_t> numbered_game_frame(const Reel& reel, std::string_view spec) {
  const size_t hash = spec.find('#');
  const std::optional<uint32_t> number = number_of(spec.substr(0, hash));
  const bool says_which = hash != spec.npos;
  const uint32_t which = says_which ? number_of(spec.substr(hash + 1)).value_or(0) : 0;
  if (!number || (says_which && which == 0)) return std::nullopt;
  if (!reel.program_numbers().any()) {
    if (says_which) throw usage_error(format("@{}: each number means one game frame here: write @{}", spec, *number));
    return checked(reel, *number, spec);
  }
  const uint32_t last = reel.game_frames().back().number;
  const std::vector<uint32_t> found = reel.program_numbers().find(*number, last);
  if (found.empty()) {
    throw usage_error(format("@{}: the program gave this number to no game frame: its first has {}, its last {}", spec,
                             reel.program_numbers().of(reel.game_frames().front().number),
                             reel.program_numbers().of(last)));
  }
  if (which > found.size()) {
    throw usage_error(
        format("@{}: the program gave the number {} to {}", spec, *number, counted(found.size(), "game frame")));
  }
  if (says_which) return found[which - 1];
  if (found.size() == 1) return found[0];
  std::string candidates;
  for (size_t place = 0; place < found.size() && place < 5; ++place) {
    candidates += format("{}@{}#{}", place == 0 ? "" : ", ", *number, place + 1);
  }
  throw usage_error(format("@{}: the program gave this number to {} game frames: write {}{}", spec, found.size(),
                           candidates, found.size() > 5 ? ", ..." : ""));
}

}  // namespace

std::string game_frame_name(const Reel& reel, uint32_t game_frame) {
  const ProgramNumbers& numbers = reel.program_numbers();
  const uint32_t number = numbers.of(game_frame);
  if (!numbers.any() || reel.game_frames().empty()) return std::to_string(number);
  const std::vector<uint32_t> same = numbers.find(number, reel.game_frames().back().number);
  if (same.size() < 2) return std::to_string(number);
  return format_exact("{}#{}", number, std::ranges::find(same, game_frame) - same.begin() + 1);
}

Reel open_reel(const std::string& path, SymbolizerOptions symbols) {
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) throw unreadable(format("{}: is a folder", path));
  if (exists && S_ISFIFO(status.st_mode)) {
    throw unreadable(
        format("{}: is a pipe, in which heapreel cannot go back: `heapreel info - < {}` reads it to its end first",
               path, path));
  }
  ReelOptions options;
  options.symbols = std::move(symbols);
  options.most_checked_bytes = kMostCheckedBytes;
  const StandardInput input(path);
  try {
    Reel reel = Reel::open(input.path(), std::move(options));
    for (const std::string& gap : gaps(reel.info())) warn(format("{}: {}", path, gap));
    return reel;
  } catch (const ReelError& error) {
    std::string what = error.what();
    if (what.starts_with(input.path())) what.replace(0, input.path().size(), path);
    const size_t at = path.rfind('@');
    if (!exists && at != std::string::npos && access(path.substr(0, at).c_str(), F_OK) == 0) {
      throw usage_error(format("{}: this command shows no moment: leave {} out", path, path.substr(at)));
    }
    throw unreadable(format("{} (expected a reel, as `heapreel run` writes it)", what));
  }
}

void expect_another_file(const std::string& output, const std::string& reel) {
  std::error_code error;
  if (!std::filesystem::equivalent(output, reel, error)) return;
  throw usage_error(format("{}: is the recording itself, which would be lost: name another file", output));
}

ExitStatus completeness(const ReelInfo& info) {
  return gaps(info).empty() ? kOk : kIncomplete;
}

std::pair<std::string, std::string> split_spec(const std::string& operand) {
  const size_t at = operand.rfind('@');
  if (at == std::string::npos || access(operand.c_str(), F_OK) == 0) return {operand, "end"};
  return {operand.substr(0, at), operand.substr(at + 1)};
}

uint32_t game_frame_of(const Reel& reel, std::string_view spec) {
  const auto& rows = reel.game_frames();
  if (rows.empty())
    throw CommandError(kIncomplete,
                       "the reel holds no game frame: tracing was off, or the recording was cut off at once");
  if (spec == "end") return rows.back().number;
  if (spec == "peak") return reel.peak_game_frame();
  if (spec.starts_with("mark:")) return checked(reel, game_frame_of_mark(reel, spec.substr(5)), spec);
  if (const std::optional<uint32_t> game_frame = numbered_game_frame(reel, spec)) return *game_frame;
  throw usage_error(
      format("@{}: expected a game frame's number, peak, end, mark:NAME, mark:NAME#2, mark:NAME#-1, mark:NAME+30 or "
             "mark:NAME-3{}",
             spec, nearest_hint(spec, {"peak", "end", "mark:"})));
}

std::pair<uint32_t, uint32_t> game_frame_range(const Reel& reel, std::string_view range) {
  const size_t dots = range.find("..");
  if (dots == std::string_view::npos) throw usage_error(format("'{}': expected a range of game frames, A..B", range));
  const std::string_view first = range.substr(0, dots);
  const std::string_view last = range.substr(dots + 2);
  const uint32_t end = game_frame_of(reel, "end");
  const std::pair<uint32_t, uint32_t> bounds{
      first.empty() ? reel.game_frames().front().number : game_frame_of(reel, first),
      last.empty() ? end : game_frame_of(reel, last)};
  if (bounds.first > bounds.second) throw usage_error(format("'{}': the range ends before it begins", range));
  return bounds;
}

uint32_t shown_game_frame(const Reel& reel, uint32_t game_frame) {
  const auto& rows = reel.game_frames();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const GameFrameRow& candidate) {
    return candidate.number >= game_frame && !candidate.merged;
  });
  if (row == rows.end()) return rows.back().number;
  if (row->number != game_frame) {
    warn(format("game frame {} has sums only, because the recording could not keep up: showing game frame {} instead",
                game_frame, row->number));
  }
  return row->number;
}

std::shared_ptr<const ReelTraceSet> still_at(const Reel& reel, uint32_t game_frame) {
  const uint32_t shown = shown_game_frame(reel, game_frame);
  const auto& rows = reel.game_frames();
  // The last one may have no state of its own.
  return rows.back().number == shown && rows.back().merged ? reel.at_end() : reel.at(shown);
}

}  // namespace heapreel::tools
