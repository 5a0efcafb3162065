#include "tools/command/read/lifetime_table.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <tuple>
#include <vector>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/site_lifetimes.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

struct LifetimeGroup {
  Traceback traceback;
  SiteLifetimes::Figures figures{};
};

uint64_t freed(const SiteLifetimes::Figures& figures) {
  return std::accumulate(figures.begin(), figures.end(), uint64_t{0});
}

void add(SiteLifetimes::Figures& sum, const SiteLifetimes::Figures& figures) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += figures[i];
}

std::vector<SiteLifetimes::Figures> figures_of(const Reel& reel, uint32_t game_frame) {
  SiteLifetimes lifetimes(reel.source()->tables().site_count());
  ReelReplay replay = reel.replay();
  while (replay.next() && replay.game_frame().number <= game_frame) lifetimes.take(replay);
  return lifetimes.finish();
}

std::vector<LifetimeGroup> groups_of(const Reel& reel, const std::vector<SiteLifetimes::Figures>& sites,
                                     const ViewOptions& options) {
  GroupTable table(GroupKey(options.key, false, options.skip_list), *reel.source());
  const std::lock_guard lock(table.mutex());
  std::map<uint32_t, LifetimeGroup> groups;
  for (uint32_t number = 0; number < sites.size(); ++number) {
    if (freed(sites[number]) == 0) continue;
    const engine::SiteKey& site = reel.source()->tables().site(number);
    const uint32_t group = table.groups_of(SiteRow{number, site.domain, site.scope, site.traceback, 0, 0}).front();
    groups[group].traceback = *table.group(group);
    add(groups[group].figures, sites[number]);
  }
  std::vector<LifetimeGroup> all;
  for (const auto& [number, group] : groups) all.push_back(group);
  std::ranges::sort(all, [](const LifetimeGroup& a, const LifetimeGroup& b) {
    return std::tie(a.figures, a.traceback) > std::tie(b.figures, b.traceback);
  });
  return all;
}

void write_counts(JsonWriter& json, const SiteLifetimes::Figures& figures) {
  json.member("freed", freed(figures)).key("counts").begin_array();
  for (const uint64_t count : figures) json.value(count);
  json.end_array();
}

std::string json_text(const std::string& path, uint32_t game_frame, const SiteLifetimes::Figures& whole,
                      const std::vector<LifetimeGroup>& groups, const ViewOptions& options) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.lived/1").member("file", path).member("game_frame", game_frame);
  json.key("game_frames_lived").begin_array();
  for (const std::string_view name : SiteLifetimes::kNames) json.value(name);
  json.end_array();
  write_counts(json, whole);
  const size_t shown = std::min(options.rows, groups.size());
  json.member("by", to_string(options.key)).member("groups", uint64_t{groups.size()});
  json.member("groups_shown", uint64_t{shown}).key("lifetimes").begin_array();
  for (size_t i = 0; i < shown; ++i) {
    json.begin_object();
    write_counts(json, groups[i].figures);
    json.key("traceback");
    write_frames(json, groups[i].traceback);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

void expect_figures_of_sites(const ViewOptions& options, const std::string& what) {
  if (key_row(options.key).decides == KeyDecides::kBlock || options.cumulative) {
    throw usage_error(what +
                      ": blocks that are gone are known by the sites that allocated them: group by lineno, "
                      "function, filename, module, traceback, domain or tag");
  }
  const bool is_narrowed = !options.filters.empty() || !options.domains.empty() || !options.other_domains.empty() ||
                           !options.threads.empty() || !options.other_threads.empty();
  if (is_narrowed) throw usage_error(what + " counts the whole program: leave the patterns out");
}

std::string lifetime_table(const Reel& reel, const std::string& path, uint32_t game_frame, const ViewOptions& options) {
  expect_figures_of_sites(options, "stats: --lifetimes");
  const auto sites = figures_of(reel, game_frame);
  SiteLifetimes::Figures whole{};
  for (const auto& figures : sites) add(whole, figures);
  const std::vector<LifetimeGroup> groups = groups_of(reel, sites, options);
  if (options.json) return json_text(path, game_frame, whole, groups, options);

  std::vector<TableText::Column> columns;
  for (const std::string_view name : SiteLifetimes::kNames) columns.push_back({std::string(name)});
  columns.push_back({std::string(to_string(options.key)), TableText::Align::kLeft});
  TableText table(std::move(columns));
  const auto row = [&table](const SiteLifetimes::Figures& figures, std::string name) {
    std::vector<std::string> cells;
    for (const uint64_t count : figures) cells.push_back(count == 0 ? "" : grouped(count));
    cells.push_back(std::move(name));
    table.add(std::move(cells));
  };
  row(whole, "all");
  const size_t shown = std::min(options.rows, groups.size());
  for (size_t i = 0; i < shown; ++i) row(groups[i].figures, site_lines(groups[i].traceback, 1).front());
  if (shown < groups.size()) {
    SiteLifetimes::Figures others{};
    for (size_t i = shown; i < groups.size(); ++i) add(others, groups[i].figures);
    row(others, format("... and {} more", grouped(groups.size() - shown)));
  }
  return format("{}  up to game frame {}   {} freed, by the game frames that they had lived\n\n", path, game_frame,
                counted(freed(whole), "block")) +
         table.text(options.columns);
}

}  // namespace heapreel::tools
