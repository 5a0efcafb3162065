#include "tools/command/read/first_game_frame.h"

#include <algorithm>
#include <vector>

#include "hooks/base/byte_count.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/read/group_timeline.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kComparisons[] = {">=", "<=", "==", "!=", ">", "<"};

CommandError wrong(const std::string& text, const std::string& what) {
  return usage_error(
      format("frames: --first: '{}': {}; expected something like 'domain:AI live > 10MiB' or 'allocs >= "
             "1000'",
             text, what));
}

// "10MiB", "10M", "10 MiB" and plain numbers.
std::optional<uint64_t> value_from(std::string text) {
  std::erase(text, ' ');
  for (const std::string_view unit : {"iB", "B"}) {
    if (text.size() > unit.size() && text.ends_with(unit)) {
      text.erase(text.size() - unit.size());
      break;
    }
  }
  return byte_count(text);
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

const ReelMark* mark_before(const Reel& reel, uint32_t game_frame) {
  const ReelMark* last = nullptr;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.game_frame <= game_frame) last = &mark;
  }
  return last;
}

std::string of_text(const GameFrameQuestion& question) {
  return question.name == "*" ? "" : format(" of {}", question.name);
}

std::string time_text(const Reel& reel, const GameFrameRow& row) {
  const uint64_t since_start = row.time_ns - std::min(row.time_ns, reel.info().header.started_monotonic_ns);
  return format("{:.3f} s", static_cast<double>(since_start) / 1e9);
}

}  // namespace

GameFrameQuestion GameFrameQuestion::from(const std::string& text) {
  GameFrameQuestion question;
  // A name may contain these signs, so that the last ones are the comparison.
  constexpr std::string_view kSigns = "<>=!";
  const size_t end = text.find_last_of(kSigns);
  if (end == text.npos) throw wrong(text, "it compares nothing");
  size_t at = end;
  while (at > 0 && kSigns.find(text[at - 1]) != kSigns.npos) --at;
  question.comparison = text.substr(at, end + 1 - at);
  if (std::ranges::find(kComparisons, question.comparison) == std::end(kComparisons)) {
    throw wrong(text, format("'{}' is not a comparison", question.comparison));
  }
  const std::string right = trimmed(text.substr(at + question.comparison.size()));
  const auto value = value_from(right);
  if (!value) throw wrong(text, format("'{}' is not a number", right));
  question.value = *value;
  const std::string left = trimmed(text.substr(0, at));
  const size_t blank = left.rfind(' ');
  const std::string figure = blank == left.npos ? left : left.substr(blank + 1);
  if (blank != left.npos) question.name = trimmed(left.substr(0, blank));
  question.figure = &game_frame_figure("frames: --first", figure);
  return question;
}

bool GameFrameQuestion::holds(uint64_t of) const {
  if (comparison == ">") return of > value;
  if (comparison == ">=") return of >= value;
  if (comparison == "<") return of < value;
  if (comparison == "<=") return of <= value;
  return comparison == "==" ? of == value : of != value;
}

FirstGameFrame first_game_frame(const Reel& reel, const GameFrameQuestion& question, uint32_t first, uint32_t last) {
  FirstGameFrame answer;
  for_each_game_frame_of(reel, question.name, [&](const GameFrameRow& row) {
    if (row.number > last) return false;
    if (row.number >= first && question.holds(row.*question.figure->value)) {
      answer.found = row;
      return false;
    }
    answer.before = row;
    return true;
  });
  return answer;
}

std::string first_game_frame_text(const Reel& reel, const GameFrameQuestion& question, const FirstGameFrame& answer) {
  const GameFrameFigure& figure = *question.figure;
  const std::string asked = format("{}{} {} {}", figure.name, of_text(question), question.comparison,
                                   figure_value_text(figure, question.value));
  if (!answer.found) {
    return answer.before ? format("never: {}; in the last game frame looked at, {}, it is {}\n", asked,
                                  answer.before->number, figure_value_text(figure, (*answer.before).*figure.value))
                         : format("never: {}; there is no game frame\n", asked);
  }
  const GameFrameRow& row = *answer.found;
  std::string text = format("game frame {} ({}): {}{} is {}", game_frame_name(reel, row.number), time_text(reel, row),
                            figure.name, of_text(question), figure_value_text(figure, row.*figure.value));
  if (answer.before) {
    text += format(", in game frame {} it is {}", game_frame_name(reel, answer.before->number),
                   figure_value_text(figure, (*answer.before).*figure.value));
  }
  if (const ReelMark* const mark = mark_before(reel, row.number)) {
    text += format("; {} after the mark {}", counted(row.number - mark->game_frame, "game frame"), mark->name);
  }
  return text + "\n";
}

std::string first_game_frame_json(const std::string& path, const Reel& reel, const GameFrameQuestion& question,
                                  const FirstGameFrame& answer) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.first/1").member("file", path).member("name", question.name);
  json.member("figure", question.figure->name).member("comparison", question.comparison);
  json.member("value", question.value);
  const auto write = [&](const char* name, const std::optional<GameFrameRow>& row) {
    json.key(name);
    if (!row) {
      json.null();
      return;
    }
    json.begin_object().member("game_frame", row->number).member("time_ns", row->time_ns);
    json.member("value", (*row).*question.figure->value).end_object();
  };
  write("found", answer.found);
  write("before", answer.before);
  json.key("mark_before");
  const ReelMark* const mark = answer.found ? mark_before(reel, answer.found->number) : nullptr;
  if (mark == nullptr) {
    json.null();
  } else {
    json.begin_object().member("name", mark->name).member("game_frame", mark->game_frame).end_object();
  }
  return json.end_object().take();
}

}  // namespace heapreel::tools
