#include "tools/command/read/temporaries.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"
#include "tools/command/console/format.h"
#include "tools/command/read/lifetime_table.h"

namespace heapreel::tools {

StatisticsView temporaries_view(const Reel& reel, const std::string& path, uint32_t before, uint32_t after,
                                const ViewOptions& options) {
  expect_figures_of_sites(options, "diff: --temporaries");
  StatisticsView view{.schema = "heapreel.temporaries/1", .path = path};
  view.are_live = false;
  view.headline = format("game frames {} -> {}   allocated and freed in the same game frame", before, after);
  view.numbers = {{"before", before}, {"after", after}};
  GroupTable table(GroupKey(options.key, false, options.skip_list), *reel.source());
  const std::lock_guard lock(table.mutex());
  std::map<uint32_t, ShownGroup> groups;
  ReelReplay replay = reel.replay();
  while (replay.next() && replay.game_frame().number <= after) {
    if (replay.game_frame().number <= before) continue;
    for (const SiteChange& change : replay.changes()) {
      if (change.temporary_blocks == 0) continue;
      const engine::SiteKey& site = reel.source()->tables().site(change.site);
      const SiteRow row{change.site, site.domain, site.scope, site.traceback, 0, 0};
      const uint32_t number = table.groups_of(row).front();
      ShownGroup& group = groups[number];
      group.traceback = *table.group(number);
      group.size += static_cast<int64_t>(change.temporary_bytes);
      group.count += static_cast<int64_t>(change.temporary_blocks);
    }
  }
  for (auto& [number, group] : groups) {
    view.groups.push_back(std::move(group));
  }
  std::ranges::sort(view.groups, [](const ShownGroup& a, const ShownGroup& b) {
    return std::tie(a.size, a.count, a.traceback) > std::tie(b.size, b.count, b.traceback);
  });
  view.sum_up();
  return view;
}

}  // namespace heapreel::tools
