#include "snapshot/reel/read/reel_trace_set.h"

#include <stdexcept>
#include <string>

#include "snapshot/recorded/recorded_figures.h"

namespace heapreel {

namespace {

std::invalid_argument not_known_at_a_mark(const std::string& what) {
  return std::invalid_argument("the reel says " + what +
                               " at the ends of game frames, not at a mark: ask for a game frame");
}

}  // namespace

std::optional<RecordedName> ReelTracebackSource::name(NameKind kind, uint32_t place) const {
  const RecordedName* found = tables().names(kind).find(place);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

const Traceback& ReelTracebackSource::traceback(uint32_t index) const {
  const std::vector<Traceback>& named = tables().named_tracebacks();
  return named.empty() ? RecordedTracebackSource::traceback(index) : named.at(index);
}

ReelTraceSet::ReelTraceSet(std::shared_ptr<const ReelTracebackSource> source, uint32_t game_frame, const ReelSums& sums,
                           RecordedBlocks blocks, std::vector<engine::SiteAggregate> sites, SumsByStill sums_by_still,
                           std::optional<size_t> position)
    : source_(std::move(source)),
      game_frame_(game_frame),
      sums_(sums),
      blocks_(std::move(blocks)),
      sites_(std::move(sites)),
      sums_by_still_(std::move(sums_by_still)),
      position_(position) {}

SiteRow ReelTraceSet::site(uint32_t site) const {
  const engine::SiteKey& key = source_->tables().site(site);
  return {.site = site,
          .domain = key.domain,
          .tag = key.scope,
          .traceback = key.traceback,
          .live_blocks = sites_[site].live_blocks,
          .live_bytes = sites_[site].live_bytes};
}

void ReelTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  for (uint32_t id = 0; id < sites_.size(); ++id) {
    if (sites_[id].live_blocks != 0) visit(site(id));
  }
}

// A dumped snapshot has the live blocks, and no history.
std::optional<uint32_t> ReelTraceSet::generation() const {
  if (!tables().named_tracebacks().empty()) return std::nullopt;
  return sums_.generation;
}

bool ReelTraceSet::for_each_site_history(function_ref<void(const SiteHistory&)> visit) const {
  if (!generation()) return false;
  for (uint32_t id = 0; id < sites_.size(); ++id) {
    if (sites_[id].allocs != 0) visit(site_history(site(id), sites_[id]));
  }
  return true;
}

void ReelTraceSet::for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const {
  if (!position_) throw not_known_at_a_mark("what threads and size classes allocated and freed");
  const std::vector<engine::GroupSums> sums = sums_by_still_.groups->at(*position_);
  for (engine::GroupId group = 0; group < sums.size(); ++group) visit_group_history(key, group, sums[group], visit);
}

std::map<uint32_t, engine::CrossThreadFrees> ReelTraceSet::cross_thread_frees() const {
  if (!generation()) return TraceSet::cross_thread_frees();
  if (!position_) throw not_known_at_a_mark("which thread frees a block");
  return sums_by_still_.cross_thread_frees->at(*position_);
}

std::optional<std::map<uint32_t, engine::DomainPeak>> ReelTraceSet::domain_peaks() const {
  if (!generation() || !position_ || !sums_by_still_.domain_peaks->knows(*position_)) return std::nullopt;
  return sums_by_still_.domain_peaks->at(*position_);
}

std::vector<HeapRow> ReelTraceSet::heaps() const {
  std::vector<HeapRow> rows;
  if (!position_) return rows;  // a mark's own state: heaps are told of game frames
  // The last stills of a recording that broke off: what was told before need not hold any more.
  if (generation() && !source_->contents().knows_cross_thread_frees(*position_)) return rows;
  for (const engine::Heap& heap : sums_by_still_.heaps->at(*position_)) {
    const BlockRow* const block = blocks_.find(heap.block);
    if (block == nullptr) throw ReelError("a heap is not a live block");
    rows.push_back({block->address, site(block->site).domain, heap.domain});
  }
  return rows;
}

void ReelTraceSet::check_cross_thread_frees() const {
  for (const auto& [site, frees] : sums_by_still_.cross_thread_frees->at(*position_)) {
    const engine::SiteAggregate& all = sites_[site];
    if (frees.frees > all.frees() || frees.freed_bytes > all.alloc_bytes - all.live_bytes ||
        frees.temporary_frees > all.lifetimes[0]) {
      throw ReelError("other threads freed more blocks of a site than were freed");
    }
  }
}

Completeness ReelTraceSet::completeness() const {
  Completeness completeness = completeness_of(sums_.totals);
  completeness.unrecorded = source_->info().end.unrecorded;
  completeness.sees_malloc = source_->info().end.costs.misses_malloc == 0;
  return completeness;
}

void ReelTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  blocks_.for_each([&](engine::BlockId, const BlockRow& block) { visit(shown(block)); });
}

BlockRow ReelTraceSet::shown(BlockRow block) const {
  block.born = source_->contents().own_number(block.born);
  return block;
}

const ReelTraceSet* ReelTraceSet::comparable(const TraceSet& old) const {
  const auto* other = dynamic_cast<const ReelTraceSet*>(&old);
  return other != nullptr && other->source_ == source_ ? other : nullptr;
}

bool ReelTraceSet::for_each_site_difference(
    const TraceSet& old, function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const {
  const ReelTraceSet* before = comparable(old);
  if (before == nullptr) return false;
  for (uint32_t id = 0; id < sites_.size(); ++id) {  // every still of a reel has all sites of the reel
    const SiteSum old_sum = {before->sites_[id].live_blocks, before->sites_[id].live_bytes};
    const SiteSum new_sum = {sites_[id].live_blocks, sites_[id].live_bytes};
    if (old_sum != new_sum) visit(id, old_sum, new_sum);
  }
  return true;
}

bool ReelTraceSet::for_each_block_difference(const TraceSet& old,
                                             function_ref<void(const BlockRow& row, bool added)> visit) const {
  const ReelTraceSet* before = comparable(old);
  if (before == nullptr) return false;
  RecordedBlocks::for_each_difference(before->blocks_, blocks_,
                                      [&](const BlockRow& row, bool added) { visit(shown(row), added); });
  return true;
}

}  // namespace heapreel
