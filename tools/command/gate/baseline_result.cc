#include "tools/command/gate/baseline_result.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/command/console/format.h"
#include "tools/command/gate/site_match.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

using State = GateFinding::State;

struct ComparedFigure {
  const char* rule;
  uint64_t BuildSite::*value;
  bool is_bytes;
  bool is_per_game_frame;
};
constexpr std::array kComparedFigures = {
    ComparedFigure{"allocs", &BuildSite::allocs, false, true},
    ComparedFigure{"alloc_bytes", &BuildSite::alloc_bytes, true, true},
    ComparedFigure{"live_bytes", &BuildSite::most_live_bytes, true, false},
};

// The product of two numbers, in two words.
struct Wide {
  uint64_t high, low;
  friend auto operator<=>(const Wide&, const Wide&) = default;
};
Wide product(uint64_t a, uint64_t b) {
  const uint64_t a_low = a & UINT32_MAX, a_high = a >> 32;
  const uint64_t b_low = b & UINT32_MAX, b_high = b >> 32;
  const uint64_t low = a_low * b_low;
  const uint64_t middle = a_high * b_low + (low >> 32);
  const uint64_t other = a_low * b_high + (middle & UINT32_MAX);
  return {a_high * b_high + (middle >> 32) + (other >> 32), (other << 32) | (low & UINT32_MAX)};
}

class Comparison {
 public:
  Comparison(const BuildSites& before, const BuildSites& after, const GrowthLimit& limit)
      : before_(before),
        after_(after),
        limit_(limit),
        // A timer ends fewer game frames in a quicker run: then only the whole run can be compared.
        per_game_frame_(before.own_game_frames && after.own_game_frames && before.game_frames != 0 &&
                        after.game_frames != 0) {}

  GateResult make() {
    add(before_.all, after_.all, "all call sites", true);
    for (const SitePair& pair : matched_sites(before_, after_)) {
      const BuildSite* const old_site = pair.before ? &before_.sites[*pair.before] : nullptr;
      const BuildSite* const new_site = pair.after ? &after_.sites[*pair.after] : nullptr;
      if (old_site != nullptr && new_site != nullptr) {
        add(*old_site, *new_site, name_of(*new_site), false);
      } else if (new_site != nullptr) {
        add_new(*new_site);
      } else {
        add_gone(*old_site);
      }
    }
    std::ranges::stable_sort(result_.findings, std::ranges::greater(), [](const GateFinding& finding) {
      return std::tuple(finding.fails, finding.value.value_or(0));
    });
    result_.summaries.push_back(
        {"baseline", format("{} grown, {} new, {} gone, {} as before; over {} game frames, the baseline has {}", grown_,
                            new_, gone_, kept_, grouped(after_.game_frames), grouped(before_.game_frames))});
    if (!per_game_frame_) {
      result_.notes.emplace_back(
          "compared as a whole, because a timer made the game frames of one of the two: not per game frame");
    }
    check_names();
    return std::move(result_);
  }

 private:
  static std::string name_of(const BuildSite& site) { return site_lines(Traceback({site.frame}), 1).front(); }

  bool is_scaled(const ComparedFigure& figure) const { return figure.is_per_game_frame && per_game_frame_; }

  // The baseline's value, scaled to as many game frames as the new recording has.
  double expected(const ComparedFigure& figure, uint64_t before) const {
    if (!is_scaled(figure)) return static_cast<double>(before);
    return static_cast<double>(before) * static_cast<double>(after_.game_frames) /
           static_cast<double>(before_.game_frames);
  }

  bool matters(const ComparedFigure& figure, double change) const {
    if (figure.is_bytes) return change >= static_cast<double>(limit_.least_bytes);
    return change >= std::max(2.0, static_cast<double>(after_.game_frames) / 100);
  }

  // Exact: after / game frames > before / game frames * (1 + limit).
  bool is_over(const ComparedFigure& figure, uint64_t before, uint64_t after) const {
    constexpr uint64_t kWhole = 10'000;
    const uint64_t old_frames = is_scaled(figure) ? before_.game_frames : 1;
    const uint64_t new_frames = is_scaled(figure) ? after_.game_frames : 1;
    return product(after, old_frames * kWhole) > product(before, new_frames * (kWhole + limit_.most_basis_points));
  }

  std::string text_of(const ComparedFigure& figure, double value, uint64_t game_frames) const {
    const bool scaled = is_scaled(figure);
    if (scaled) value /= static_cast<double>(game_frames);
    if (figure.is_bytes) {
      const std::string size = size_text(static_cast<uint64_t>(value + 0.5));
      return size + (figure.is_per_game_frame ? scaled ? " allocated per game frame" : " allocated" : " live at most");
    }
    return scaled ? format("{:.2f} allocs per game frame", value) : counted(static_cast<uint64_t>(value), "alloc");
  }

  static std::string change_text(double before, double after) {
    if (before == 0) return "";
    return format(" ({:+.1f} %)", (after / before - 1) * 100);
  }

  void add(const BuildSite& old_site, const BuildSite& new_site, std::string name, bool is_total) {
    GateFinding found;
    found.name = std::move(name);
    found.rule = is_total ? "growth-total" : "growth";
    if (!is_total) found.site = new_site.frame;
    for (const ComparedFigure& figure : kComparedFigures) {
      const uint64_t before = old_site.*figure.value;
      const uint64_t after = new_site.*figure.value;
      const double was = expected(figure, before);
      if (!is_over(figure, before, after) || !matters(figure, static_cast<double>(after) - was)) continue;
      found.message += format("{}{}, in the baseline {}{}", found.message.empty() ? "" : "; ",
                              text_of(figure, static_cast<double>(after), after_.game_frames),
                              text_of(figure, was, after_.game_frames), change_text(was, static_cast<double>(after)));
      if (!found.value || after > *found.value) found.value = after, found.limit = static_cast<uint64_t>(was);
    }
    if (found.message.empty()) {
      if (!is_total) ++kept_;
      return;
    }
    if (!is_total) ++grown_;
    found.state = State::kOver;
    found.fails = true;
    result_.findings.push_back(std::move(found));
  }

  // All figures of a site that only one of the two recordings has; empty when the site is too small to matter.
  std::string figures_of(const BuildSite& site, uint64_t game_frames, GateFinding& found) const {
    std::string text;
    bool any = false;
    for (const ComparedFigure& figure : kComparedFigures) {
      const auto value = static_cast<double>(site.*figure.value);
      any = any || matters(figure, value);
      text += (text.empty() ? "" : ", ") + text_of(figure, value, game_frames);
      found.value = std::max(found.value.value_or(0), site.*figure.value);
    }
    return any ? text : "";
  }

  void add_new(const BuildSite& site) {
    GateFinding found;
    found.state = State::kOver;
    found.fails = true;
    found.name = name_of(site);
    found.rule = "new-site";
    found.site = site.frame;
    found.limit = 0;
    const std::string figures = figures_of(site, after_.game_frames, found);
    if (figures.empty()) {
      ++kept_;
      return;
    }
    ++new_;
    found.message = "new call site: " + figures;
    result_.findings.push_back(std::move(found));
  }

  void add_gone(const BuildSite& site) {
    GateFinding found;
    found.state = State::kGone;
    found.name = name_of(site);
    found.rule = "gone-site";
    const std::string figures = figures_of(site, before_.game_frames, found);
    if (figures.empty()) return;
    ++gone_;
    found.message = "the baseline has " + figures;
    result_.findings.push_back(std::move(found));
  }

  // When only one of the two has names, all of its sites seem new and all of the other's gone: that is no growth.
  void check_names() {
    const auto named = [](const BuildSites& build) {
      uint64_t all = 0, with_name = 0;
      for (const BuildSite& site : build.sites) {
        all += site.allocs;
        if (!site.function.empty()) with_name += site.allocs;
      }
      return all == 0 ? 1.0 : static_cast<double>(with_name) / static_cast<double>(all);
    };
    const double old_share = named(before_);
    const double new_share = named(after_);
    if (std::abs(old_share - new_share) < 0.1) return;
    result_.incomplete = true;
    result_.notes.push_back(
        format("not checked {:.0f} % of the allocations have names in the baseline, and {:.0f} % now: give the program "
               "that was recorded with --debug-path, or seal each reel where it was recorded (heapreel seal)",
               old_share * 100, new_share * 100));
    for (GateFinding& finding : result_.findings) {
      if (finding.rule == "new-site") finding.fails = false, finding.state = State::kNotChecked;
    }
  }

  const BuildSites& before_;
  const BuildSites& after_;
  const GrowthLimit& limit_;
  const bool per_game_frame_;
  GateResult result_;
  size_t grown_ = 0, new_ = 0, gone_ = 0, kept_ = 0;
};

}  // namespace

GateResult baseline_result(const BuildSites& before, const BuildSites& after, const GrowthLimit& limit) {
  return Comparison(before, after, limit).make();
}

}  // namespace heapreel::tools
