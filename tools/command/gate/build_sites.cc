#include "tools/command/gate/build_sites.h"

#include <heapreel/skip_list.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "snapshot/model/frame_picker.h"
#include "snapshot/text/bare_function.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/text/file_name.h"

namespace heapreel::tools {
namespace {

BuildSite site_of(const Frame& frame) {
  BuildSite site{.function = std::string(bare_function(frame.function())), .file = {}, .frame = frame};
  site.line = frame.lineno();
  site.offset = frame.offset();
  site.file = file_name(frame.lineno() == 0 ? frame.module() : frame.filename());
  return site;
}

auto key_of(const BuildSite& site) {
  // When the function is known, the offset in the module is not used, because any edit changes it.
  return std::tuple(site.function, site.file, site.line, site.function.empty() ? site.offset : 0);
}

uint32_t first_game_frame(const Reel& reel, const BudgetStart& start) {
  if (start.mark.empty()) return start.number;
  std::vector<std::string> names;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.name == start.mark) return mark.game_frame + start.number;
    names.push_back(mark.name);
  }
  throw usage_error(
      format("first_game_frame: the program never passed the mark {}{}", start.mark, nearest_hint(start.mark, names)));
}

// Sums by group, game frame by game frame.
class Sums {
 public:
  Sums(const Reel& reel, std::vector<size_t> groups, size_t count)
      : reel_(reel), groups_(std::move(groups)), sites_(count), live_(count) {}

  void add_up(uint32_t first, bool with_rest, BuildSites& result) {
    ReelWalk walk = reel_.walk();
    const auto& rows = reel_.game_frames();
    size_t next_row = 0;
    while (walk.next()) {
      if (walk.begins_generation()) std::ranges::fill(live_, uint64_t{0});
      const bool is_row = next_row < rows.size() && walk.contents().position_of_row(next_row) == walk.position();
      const GameFrameRow& row = rows[std::min(next_row, rows.size() - 1)];
      const bool counts = row.number >= first && (with_rest || !row.partial);
      walk.for_each_site_change([&](uint32_t site, const SiteSums& before, const SiteSums& after) {
        change(groups_[site], before, after, counts);
      });
      if (!is_row) continue;
      ++next_row;
      if (counts) end(row, result);
      touched_.clear();
    }
    for (size_t group = 0; group < sites_.size(); ++group) {
      result.sites[group].allocs = sites_[group].allocs;
      result.sites[group].alloc_bytes = sites_[group].alloc_bytes;
      result.sites[group].most_live_bytes = sites_[group].live_bytes;
    }
  }

 private:
  void change(size_t group, const SiteSums& before, const SiteSums& after, bool counts) {
    live_[group] += after.live_bytes - before.live_bytes;
    touched_.push_back(group);
    if (!counts) return;
    sites_[group].allocs += after.allocs - before.allocs;
    sites_[group].alloc_bytes += after.alloc_bytes - before.alloc_bytes;
  }

  void end(const GameFrameRow& row, BuildSites& result) {
    if (!row.partial) ++result.game_frames;
    if (result.game_frames == 1 && !row.partial) {
      for (size_t group = 0; group < live_.size(); ++group) sites_[group].live_bytes = live_[group];
    }
    for (const size_t group : touched_) sites_[group].live_bytes = std::max(sites_[group].live_bytes, live_[group]);
    result.all.allocs += row.allocs;
    result.all.alloc_bytes += row.alloc_bytes;
    result.all.most_live_bytes = std::max(result.all.most_live_bytes, row.live_bytes);
  }

  const Reel& reel_;
  const std::vector<size_t> groups_;  // by site
  std::vector<SiteSums> sites_;       // by group; live_bytes: the most so far
  std::vector<uint64_t> live_;        // by group
  std::vector<size_t> touched_;       // in this game frame
};

}  // namespace

BuildSites BuildSites::of(const Reel& reel, const BudgetStart& start) {
  BuildSites result;
  const ReelTables& tables = reel.source()->tables();
  FramePicker picker(SkipList::for_native_code());
  std::map<decltype(key_of(result.all)), size_t> known;
  std::vector<size_t> groups(tables.site_count());
  std::vector<BuildSite> found;
  for (uint32_t site = 0; site < groups.size(); ++site) {
    const Traceback& stack = reel.source()->traceback(tables.site(site).traceback);
    BuildSite made = site_of(stack.empty() ? Frame::label("<no stack>") : picker.pick(stack));
    const auto [place, is_new] = known.try_emplace(key_of(made), found.size());
    if (is_new) found.push_back(std::move(made));
    groups[site] = place->second;
  }
  result.sites = std::move(found);
  const std::string& by = reel.info().end.costs.game_frames_by;
  result.own_game_frames = !by.empty() && by != "timer";
  if (!reel.game_frames().empty()) {
    Sums(reel, std::move(groups), result.sites.size())
        .add_up(first_game_frame(reel, start), !result.own_game_frames, result);
  }
  std::ranges::sort(result.sites, {}, key_of);
  return result;
}

}  // namespace heapreel::tools
