#include "tools/command/report/report_summary.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "snapshot/model/group_label.h"
#include "tools/command/console/format.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

// A sentence must be readable at a glance; the page and `stats` show the whole name and path.
constexpr size_t kMostNameColumns = 100;

// "/home/me/game/src/ai/path.cpp:41" -> "ai/path.cpp:41".
std::string short_path(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash != 0) slash = path.rfind('/', slash - 1);
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// "Mesh::load(char const*, int) const" -> "Mesh::load()": a sentence names a function, `stats` tells overloads apart.
std::string without_parameters(const std::string& function) {
  std::string_view text = function;
  if (text.ends_with(" const")) text.remove_suffix(6);
  if (!text.ends_with(')')) return function;
  int depth = 0;
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && --depth == 0) return i == 0 ? function : std::string(text.substr(0, i)) + "()";
  }
  return function;
}

std::string place_text(const Frame& frame) {
  const bool has_place = frame.lineno() != 0 || frame.offset() != 0;
  const std::string place = short_path(has_place ? frame.to_string() : frame.module());
  if (frame.function().empty()) return has_place ? place : function_label(frame);
  return shortened(format("{}  {}", without_parameters(frame.function()), place), kMostNameColumns);
}

std::string signed_size(int64_t bytes) {
  return format_size(static_cast<double>(bytes < 0 ? -bytes : bytes));
}

// The first line with the largest figure, in the order of frames, so that two runs always name the same one.
template <class Lines, class Figure>
auto* largest(const Lines& lines, Figure&& figure) {
  const auto at = std::ranges::max_element(lines, [&](const auto& a, const auto& b) {
    if (figure(a.sums) != figure(b.sums)) return figure(a.sums) < figure(b.sums);
    return *a.frame > *b.frame;
  });
  return at == lines.end() ? nullptr : &*at;
}

// The median over the whole game frames after the first. Game frames that share a row count with the row's average.
uint64_t median_allocs(const std::vector<ReportRow>& rows) {
  std::vector<std::pair<uint64_t, uint64_t>> counts;  // allocations in a game frame, and of how many
  uint64_t all = 0;
  for (size_t row = 1; row < rows.size(); ++row) {
    if (rows[row].partial) continue;
    counts.emplace_back(rows[row].allocs / rows[row].game_frames, rows[row].game_frames);
    all += rows[row].game_frames;
  }
  std::ranges::sort(counts);
  uint64_t passed = 0;
  for (const auto& [allocs, game_frames] : counts) {
    passed += game_frames;
    if (2 * passed >= all) return allocs;
  }
  return 0;
}

}  // namespace

ReportSummary::ReportSummary(const Reel& reel, const std::vector<ReportRow>& rows, const ReportMoments& moments,
                             const std::vector<SiteAtMoments>& sites, const CallTree& tree)
    : reel_(reel), rows_(rows), totals_(reel.info().totals), moments_(moments) {
  std::unordered_map<Frame, size_t> places;
  for (const SiteAtMoments& site : sites) {
    const Frame& frame = tree.frame(site.picked_frame);
    const auto [entry, is_new] = places.try_emplace(frame, lines_.size());
    if (is_new) lines_.push_back({&frame, {}});
    SiteAtMoments& sums = lines_[entry->second].sums;
    sums.at_peak += site.at_peak;
    sums.at_from += site.at_from;
    sums.at_to += site.at_to;
    sums.worst_allocs += site.worst_allocs;
    sums.worst_temporaries += site.worst_temporaries;
  }
  sentences_ = {peak(), growth(), worst()};
}

std::string ReportSummary::name(uint32_t game_frame) const {
  return reel_.program_numbers().any() ? game_frame_name(reel_, game_frame) : grouped(game_frame);
}

ReportSentence ReportSummary::peak() const {
  const GameFrameRow& at = row(moments_.peak);
  ReportSentence sentence{.about = "peak", .text = {}, .a = at.number, .b = at.number, .view = "live", .function = {}};
  std::string what = format("Peak {} at the end of game frame {}", size_text(at.live_bytes), name(at.number));
  if (totals_.peak_bytes > at.live_bytes) {
    what = format("Peak {} inside game frame {}; game frame {} ended with the most, {}", size_text(totals_.peak_bytes),
                  name(totals_.peak_game_frame), name(at.number), size_text(at.live_bytes));
  }
  const Line* most = largest(lines_, [](const SiteAtMoments& sums) { return sums.at_peak; });
  if (most == nullptr || most->sums.at_peak == 0) {
    sentence.text = what + ": no block was live.";
    return sentence;
  }
  sentence.function = function_label(*most->frame);
  sentence.text = format("{}: {} of that ({}) is from {}.", what,
                         share_text(static_cast<int64_t>(most->sums.at_peak), static_cast<int64_t>(at.live_bytes)),
                         size_text(most->sums.at_peak), place_text(*most->frame));
  return sentence;
}

ReportSentence ReportSummary::growth() const {
  const GameFrameRow& from = row(moments_.from);
  const GameFrameRow& to = row(moments_.to);
  ReportSentence sentence{
      .about = "growth", .text = {}, .a = from.number, .b = to.number, .view = "growth", .function = {}};
  if (from.number == to.number) {
    sentence.text = "There are too few game frames to see what grows.";
    return sentence;
  }
  const auto growth_of = [](const SiteAtMoments& sums) { return static_cast<int64_t>(sums.at_to - sums.at_from); };
  const Line* most = largest(lines_, growth_of);
  const auto growth = static_cast<int64_t>(to.live_bytes - from.live_bytes);
  std::string text = format("From game frame {} to {} the heap ", name(from.number), name(to.number));
  text += growth == 0 ? "kept its size" : format("{} {}", growth > 0 ? "grew" : "shrank by", signed_size(growth));
  if (most == nullptr || growth_of(most->sums) <= 0) {
    sentence.text = text + ", and no line of code holds more than before.";
    return sentence;
  }
  sentence.function = function_label(*most->frame);
  sentence.text = format("{}; the most was gained by {}, which grew {}.", text, place_text(*most->frame),
                         signed_size(growth_of(most->sums)));
  return sentence;
}

ReportSentence ReportSummary::worst() const {
  ReportSentence sentence{.about = "worst", .text = {}, .a = 0, .b = 0, .view = "allocated", .function = {}};
  if (!moments_.worst) {
    sentence.text = "There are too few game frames to tell which is the worst.";
    return sentence;
  }
  const GameFrameRow& at = row(*moments_.worst);
  sentence.a = row(*moments_.worst - 1).number;
  sentence.b = at.number;
  const uint64_t median = median_allocs(rows_);
  const Line* most = largest(lines_, [](const SiteAtMoments& sums) { return sums.worst_allocs; });
  if (at.allocs == 0 || most == nullptr || most->sums.worst_allocs == 0) {
    sentence.text = "No game frame after the first allocated anything.";
    return sentence;
  }
  const std::string what = at.allocs < 2 * median
                               ? format("No game frame stands out; the most allocations are {} in game frame {}",
                                        grouped(at.allocs), name(at.number))
                               : format("Worst game frame {}: {}", name(at.number), counted(at.allocs, "allocation"));
  sentence.function = function_label(*most->frame);
  const uint64_t temporary = most->sums.worst_temporaries;
  sentence.text =
      format("{} (median {}), {} of them from {}, {}.", what, grouped(median), grouped(most->sums.worst_allocs),
             place_text(*most->frame),
             temporary == most->sums.worst_allocs ? "all freed in it" : format("{} freed in it", grouped(temporary)));
  return sentence;
}

}  // namespace heapreel::tools
