#include <heapreel/lifetimes.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include <heapreel/size_text.h>

#include "engine/tracer/tracer.h"
#include "snapshot/query/lifetime_rules.h"
#include "snapshot/query/snapshot_data.h"

namespace heapreel {

namespace {

uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

// The sum of one group; sums are indexed by group number. They are unsigned: what is subtracted first wraps around, and
// the final sum is right.
struct Sum {
  uint64_t size = 0;
  uint64_t count = 0;
};
using Sums = std::unordered_map<uint32_t, Sum>;

// The states that one query looks at, each asked for once.
class States {
 public:
  States(const LifetimeGameFrames& game_frames, uint64_t last, const SnapshotAtEndOf& at_end_of)
      : game_frames_(game_frames), last_(last), at_end_of_(at_end_of) {}

  // Null where nothing was kept yet.
  const SnapshotData* at(Moment moment) {
    if (moment == Moment::kBeforeA && game_frames_.a == 0) return nullptr;
    const uint64_t number = game_frame(moment);
    auto found = states_.find(number);
    if (found == states_.end()) found = states_.emplace(number, at_end_of_(number)).first;
    return found->second ? SnapshotData::of(*found->second).get() : nullptr;
  }

  // Sums of several states mean something only when no traces were cleared in between.
  void check_one_generation() const {
    const SnapshotData* first = nullptr;
    for (const auto& [number, state] : states_) {
      if (!state) continue;
      const SnapshotData* data = SnapshotData::of(*state).get();
      if (!data->set().generation()) {
        throw std::invalid_argument("lifetimes: the snapshot of game frame " + std::to_string(number) +
                                    " has no history");
      }
      if (first != nullptr && &data->source() != &first->source()) {
        throw std::invalid_argument("lifetimes: the snapshots are of different tracers or reels");
      }
      if (first != nullptr && data->set().generation() != first->set().generation()) {
        throw std::invalid_argument("lifetimes: the traces were cleared before the end of game frame " +
                                    std::to_string(number) + ": choose game frames on one side of that");
      }
      first = data;
    }
  }

  // The latest; null where there is none.
  const SnapshotData* latest() const {
    for (auto state = states_.rbegin(); state != states_.rend(); ++state) {
      if (state->second) return SnapshotData::of(*state->second).get();
    }
    return nullptr;
  }
  size_t count() const { return states_.size(); }

 private:
  uint64_t game_frame(Moment moment) const {
    switch (moment) {
      case Moment::kBeforeA:
        return game_frames_.a - 1;
      case Moment::kEndOfA:
        return game_frames_.a;
      case Moment::kEndOfB:
        return game_frames_.b;
      case Moment::kEndOfC:
        return game_frames_.c;
      case Moment::kEndOfD:
        return game_frames_.d;
      case Moment::kLast:
        return last_;
    }
    return 0;
  }

  const LifetimeGameFrames game_frames_;
  const uint64_t last_;
  const SnapshotAtEndOf& at_end_of_;
  std::map<uint64_t, std::optional<Snapshot>> states_;  // by game frame
};

void add_blocks(const TraceSet& set, GroupTable& table, int sign, function_ref<bool(const BlockRow&)> is_selected,
                Sums& sums) {
  set.for_each_block([&](const BlockRow& block) {
    if (!is_selected(block)) return;
    const auto groups = table.key().is_per_block() ? table.groups_of(block) : table.groups_of(set.site(block.site));
    for (const uint32_t group : groups) {
      sums[group].size += sign > 0 ? block.size : 0 - block.size;
      sums[group].count += sign > 0 ? uint64_t{1} : ~uint64_t{0};
    }
  });
}

void add_history(const TraceSet& set, GroupTable& table, const LifetimeTerm& term, Sums& sums) {
  std::map<uint32_t, engine::CrossThreadFrees> cross_thread;
  if (term.quantity == Quantity::kCrossThreadFrees) cross_thread = set.cross_thread_frees();
  const auto sum_of = [&](const SiteHistory& site) -> Sum {
    if (term.quantity == Quantity::kAllocs) return {site.alloc_bytes, site.allocs};
    if (term.quantity == Quantity::kFrees) return {site.freed_bytes(), site.frees()};
    const auto found = cross_thread.find(site.row.site);
    return found == cross_thread.end() ? Sum{} : Sum{found->second.freed_bytes, found->second.frees};
  };
  const bool known = set.for_each_site_history([&](const SiteHistory& site) {
    const auto [size, count] = sum_of(site);
    if (count == 0) return;
    for (const uint32_t group : table.groups_of(site.row)) {
      sums[group].size += term.sign > 0 ? size : 0 - size;
      sums[group].count += term.sign > 0 ? count : 0 - count;
    }
  });
  if (!known) throw std::invalid_argument("lifetimes: the snapshot does not account for blocks that are gone");
}

void add_term(const TraceSet& set, GroupTable& table, const LifetimeTerm& term, const LifetimeGameFrames& frames,
              Sums& sums) {
  switch (term.quantity) {
    case Quantity::kLive:
      add_blocks(
          set, table, term.sign, [](const BlockRow&) { return true; }, sums);
      return;
    case Quantity::kLiveBornIn:
      add_blocks(
          set, table, term.sign,
          [&](const BlockRow& block) { return block.born >= frames.a && block.born <= frames.b; }, sums);
      return;
    case Quantity::kLiveBornEarlier:
      add_blocks(
          set, table, term.sign, [&](const BlockRow& block) { return block.born < frames.a; }, sums);
      return;
    case Quantity::kAllocs:
    case Quantity::kFrees:
    case Quantity::kCrossThreadFrees:
      add_history(set, table, term, sums);
      return;
  }
}

void check_order(const LifetimeRuleInfo& info, const LifetimeGameFrames& frames) {
  const uint64_t numbers[] = {frames.a, frames.b, frames.c, frames.d};
  if (!std::is_sorted(numbers, numbers + info.game_frames)) {
    throw std::invalid_argument(std::string(info.name) + ": the game frames are not in order");
  }
}

std::vector<LifetimeStatistic> in_order(const Sums& sums, const GroupTable& table) {
  std::vector<LifetimeStatistic> statistics;
  for (const auto& [group, sum] : sums) {
    if (sum.size == 0 && sum.count == 0) continue;
    statistics.push_back({GroupTracebacks::copy(table.tracebacks(), *table.group(group)),
                          static_cast<int64_t>(sum.size), static_cast<int64_t>(sum.count)});
  }
  std::ranges::sort(statistics, [](const LifetimeStatistic& a, const LifetimeStatistic& b) {
    if (magnitude(a.size) != magnitude(b.size)) return magnitude(a.size) > magnitude(b.size);
    if (a.size != b.size) return a.size > b.size;
    if (magnitude(a.count) != magnitude(b.count)) return magnitude(a.count) > magnitude(b.count);
    if (a.count != b.count) return a.count > b.count;
    return a.traceback > b.traceback;
  });
  return statistics;
}

}  // namespace

std::vector<LifetimeStatistic> lifetimes(LifetimeRule rule, const LifetimeGameFrames& game_frames, uint64_t last,
                                         const SnapshotAtEndOf& at_end_of, KeyType key_type, bool cumulative) {
  const LifetimeRuleInfo& info = lifetime_rule_info(rule);
  check_order(info, game_frames);
  if (info.counts_dead_blocks && GroupKey(key_type, cumulative, {}).is_per_block()) {
    throw std::invalid_argument(std::string(info.name) + ": cannot be grouped by " + std::string(to_string(key_type)) +
                                ", because freed blocks are counted only by site");
  }
  States states(game_frames, last, at_end_of);
  for (const LifetimeTerm& term : terms_of(rule)) {
    if (term.sign != 0) states.at(term.moment);
  }
  const engine::UntracedScope untraced_scope;  // begins here, because what at_end_of() allocates belongs to its owner
  if (states.count() > 1 || info.counts_dead_blocks) states.check_one_generation();
  const SnapshotData* latest = states.latest();
  if (latest == nullptr) return {};

  GroupTable& table = latest->source().group_tables().table(latest->group_key(key_type, cumulative), latest->source());
  std::lock_guard lock(table.mutex());
  Sums sums;
  for (const LifetimeTerm& term : terms_of(rule)) {
    if (term.sign == 0) continue;
    if (const SnapshotData* state = states.at(term.moment); state != nullptr) {
      add_term(state->set(), table, term, game_frames, sums);
    }
  }
  return in_order(sums, table);
}

std::string LifetimeStatistic::to_string() const {
  const bool has_signs = size < 0 || count < 0;
  const std::string plus = has_signs && count >= 0 ? "+" : "";
  return traceback.to_string() + ": size=" + format_size(static_cast<double>(size), has_signs) + ", count=" + plus +
         std::to_string(count);
}

}  // namespace heapreel
