#include "tools/command/watch/top_figures.h"

#include "tools/command/console/format.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

using engine::BudgetLimits;

bool is_below(const std::string& tag, const std::string& name) {
  return tag == name || (tag.starts_with(name) && tag.size() > name.size() && tag[name.size()] == '/');
}

// Whether a site counts for a budget's name. Sites do not know their threads.
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

}  // namespace

std::vector<std::string> top_breaches(const Reel& reel, const std::vector<TopSite>& sites, uint64_t game_frames) {
  std::vector<std::string> found;
  const ReelTables& tables = reel.source()->tables();
  for (const auto& [key, limits] : reel.budgets().all()) {
    uint64_t live = 0;
    uint64_t allocs = 0;
    uint64_t alloc_bytes = 0;
    for (uint32_t site = 0; site < sites.size(); ++site) {
      if (!counts(*reel.source(), tables.site(site), key.first)) continue;
      live += sites[site].live_bytes;
      allocs += sites[site].allocs;
      alloc_bytes += sites[site].alloc_bytes;
    }
    std::string text = breach(key.first, limits, live, allocs, alloc_bytes, game_frames);
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace heapreel::tools
