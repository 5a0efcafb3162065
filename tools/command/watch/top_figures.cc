#include "tools/command/watch/top_figures.h"

#include <map>

#include "snapshot/model/frame_picker.h"
#include "tools/command/console/format.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

using engine::BudgetLimits;
using engine::SiteAggregate;

// What a site did between two states.
struct SiteGrowth {
  SiteAggregate before{};
  SiteAggregate now{};
};

bool is_below(const std::string& tag, const std::string& name) {
  return tag == name || (tag.starts_with(name) && tag.size() > name.size() && tag[name.size()] == '/');
}

// Whether a site counts under a budget's name. Threads are not known by site.
bool counts(const ReelTracebackSource& source, const engine::SiteKey& site, const std::string& name) {
  constexpr std::string_view kDomain = "domain:";
  if (name == "*") return true;
  if (name.starts_with(kDomain)) return source.domain_name(site.domain) == name.substr(kDomain.size());
  return is_below(source.tag_name(site.scope), name);
}

// A mean above the limit means that at least one game frame was above it.
std::string breach(const std::string& name, const BudgetLimits& limits, uint64_t live, uint64_t allocs,
                   uint64_t alloc_bytes, uint64_t game_frames) {
  if (live > limits.live_bytes) {
    return format("{}: {} live, the limit is {}", name, size_text(live), size_text(limits.live_bytes));
  }
  if (game_frames == 0) return {};
  if (limits.allocs_per_game_frame != BudgetLimits::kNone && allocs > limits.allocs_per_game_frame * game_frames) {
    return format("{}: {} in {} game frames, the limit is {} in each", name, counted(allocs, "alloc"),
                  grouped(game_frames), grouped(limits.allocs_per_game_frame));
  }
  if (limits.alloc_bytes_per_game_frame != BudgetLimits::kNone &&
      alloc_bytes / game_frames > limits.alloc_bytes_per_game_frame) {
    return format("{}: {} allocated in {} game frames, the limit is {} in each", name, size_text(alloc_bytes),
                  grouped(game_frames), size_text(limits.alloc_bytes_per_game_frame));
  }
  return {};
}

std::vector<std::string> breaches(const Reel& reel, const std::vector<SiteGrowth>& sites, uint64_t game_frames) {
  std::vector<std::string> found;
  const ReelTables& tables = reel.source()->tables();
  for (const auto& [key, limits] : reel.budgets().all()) {
    uint64_t live = 0;
    uint64_t allocs = 0;
    uint64_t alloc_bytes = 0;
    for (uint32_t site = 0; site < sites.size(); ++site) {
      if (!counts(*reel.source(), tables.site(site), key.first)) continue;
      live += sites[site].now.live_bytes;
      allocs += sites[site].now.allocs - sites[site].before.allocs;
      alloc_bytes += sites[site].now.alloc_bytes - sites[site].before.alloc_bytes;
    }
    std::string text = breach(key.first, limits, live, allocs, alloc_bytes, game_frames);
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace

TopFigures TopFigures::of(const Reel& reel, uint32_t window, const SkipList& skip_list) {
  TopFigures figures;
  const std::vector<GameFrameRow>& rows = reel.game_frames();
  size_t to = rows.size();
  // What came after the last boundary is the end of the program, where everything is freed.
  const bool has_partial = to > 1 && rows[to - 1].partial && !rows[to - 2].merged;
  if (has_partial) --to;
  while (to > 0 && rows[to - 1].merged) --to;
  if (to == 0) return figures;
  figures.to = to - 1;
  figures.from = figures.to > window ? figures.to - window : 0;
  while (rows[figures.from].merged) ++figures.from;  // ends at `to` at the latest

  std::vector<SiteGrowth> sites(reel.source()->tables().site_count());
  const auto before = reel.at(rows[figures.from].number);
  const auto now = reel.at(rows[figures.to].number);  // made out of the one before
  // After traces were cleared, nothing of before counts.
  const bool same = before->generation() == now->generation();
  for (uint32_t site = 0; site < sites.size(); ++site) {
    sites[site].now = now->aggregate(site);
    if (same) sites[site].before = before->aggregate(site);
  }
  figures.budgets = breaches(reel, sites, figures.game_frames());

  FramePicker picker(skip_list);
  std::map<Frame, TopLine> lines;
  for (uint32_t site = 0; site < sites.size(); ++site) {
    const SiteGrowth& growth = sites[site];
    if (growth.now.live_bytes == 0 && growth.now.allocs == growth.before.allocs && growth.before.live_bytes == 0)
      continue;
    const Frame& frame = picker.pick(reel.source()->traceback(reel.source()->tables().site(site).traceback));
    TopLine& line = lines.try_emplace(frame, TopLine{.frame = frame}).first->second;
    line.live_bytes += growth.now.live_bytes;
    line.growth += static_cast<int64_t>(growth.now.live_bytes - growth.before.live_bytes);
    line.allocs += growth.now.allocs - growth.before.allocs;
    line.short_lived += growth.now.lifetimes[0] - growth.before.lifetimes[0];
  }
  for (auto& [frame, line] : lines) figures.lines.push_back(std::move(line));
  return figures;
}

}  // namespace heapreel::tools
