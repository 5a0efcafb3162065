#include "snapshot/live/frozen_trace_set.h"

#include <mutex>
#include <stdexcept>

#include "engine/consolidate/tracer_state.h"
#include "snapshot/recorded/recorded_figures.h"

namespace heapreel {

namespace {

using engine::FrozenTraces;
using engine::Record;
using engine::SiteAggregate;
using engine::StoredSite;

// For a SiteAggregate or a StoredSite.
template <class Site>
SiteRow site_row(const FrozenTraces& state, engine::SiteId id, const Site& site) {
  const engine::SiteKey& key = state.sites->at(id);
  return {.site = id,
          .domain = key.domain,
          .tag = key.scope,
          .traceback = key.traceback,
          .live_blocks = site.live_blocks,
          .live_bytes = site.live_bytes};
}

BlockRow block_row(const FrozenTraces& state, const Record& record) {
  return {.address = record.address,
          .size = record.size,
          .site = record.site,
          .born = state.own_number(record.born),
          .thread = record.thread};
}

template <class Table>
std::optional<RecordedName> name_in(const Table& table, uint32_t place) {
  const auto* entry = place < table.count() ? table.at(place) : nullptr;
  if (entry == nullptr) return std::nullopt;
  return RecordedName{.text = entry->text, .number = entry->number, .known = true};
}

}  // namespace

std::shared_ptr<const FrozenTracebackSource> FrozenTracebackSource::of(const FrozenTraces& state) {
  static std::mutex mutex;
  // One is enough, because states of two generations are seldom looked at in turns.
  static std::weak_ptr<const FrozenTracebackSource> newest;
  std::lock_guard lock(mutex);
  const CurrentSymbolOptions symbols = current_symbol_options();
  auto source = newest.lock();
  if (source == nullptr || source->generation_ != state.generation || source->tracebacks_ != state.tracebacks ||
      source->symbols_version_ != symbols.version) {
    source = std::make_shared<const FrozenTracebackSource>(state, symbols);
    newest = source;
  }
  source->know(state.traceback_count);
  return source;
}

FrozenTracebackSource::FrozenTracebackSource(const FrozenTraces& state, const CurrentSymbolOptions& symbols)
    : RecordedTracebackSource(symbolizer_options(symbols.options)),
      generation_(state.generation),
      symbols_version_(symbols.version),
      tracebacks_(state.tracebacks),
      known_(state.traceback_count) {}

void FrozenTracebackSource::know(uint32_t traceback_count) const {
  // relaxed: whoever asks for a traceback has seen the state that names it
  uint32_t known = known_.load(std::memory_order_relaxed);
  while (known < traceback_count && !known_.compare_exchange_weak(known, traceback_count, std::memory_order_relaxed)) {
  }
}

uint32_t FrozenTracebackSource::stack_count() const {
  // relaxed: as above
  return known_.load(std::memory_order_relaxed);
}

RecordedStack FrozenTracebackSource::stack(uint32_t index) const {
  static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
  const engine::StoredTraceback& found = *tracebacks_->at(index);
  RecordedStack stack;
  stack.kind = index == engine::kUnknownTraceback    ? RecordedStack::Kind::kUnknown
               : index == engine::kDegradedTraceback ? RecordedStack::Kind::kDegraded
                                                     : RecordedStack::Kind::kWalked;
  stack.total_depth = found.reached_bottom ? found.depth : found.total_depth;
  stack.approximate = found.approximate;
  const auto pcs = std::make_shared<uint64_t[]>(found.depth);
  tracebacks_->copy_pcs(found, reinterpret_cast<uintptr_t*>(pcs.get()));
  stack.pcs = {pcs.get(), found.depth};
  stack.own_pcs = pcs;
  stack.known_modules = found.known_modules;
  return stack;
}

RecordedModules FrozenTracebackSource::modules() const {
  return recorded_modules(*engine::tracer_state()->modules);
}

std::optional<RecordedName> FrozenTracebackSource::name(NameKind kind, uint32_t place) const {
  switch (kind) {
    case NameKind::kDomain:
      return name_in(*engine::tracer_state()->domains, place);
    case NameKind::kScope:
      return name_in(*engine::tracer_state()->scopes, place);
    case NameKind::kThread:
      return name_in(*engine::tracer_state()->threads, place);
  }
  return std::nullopt;
}

const FrozenTraces& FrozenTraceSet::state() const {
  const FrozenTraces* state = handle_.get();
  if (state == nullptr) {
    throw std::runtime_error(
        "the snapshot could not be frozen: the tracer's memory was spent, or the `heapreel run` that stores the events "
        "is gone, or this is a forked child of the process that took it");
  }
  return *state;
}

std::shared_ptr<const TracebackSource> FrozenTraceSet::source() const {
  std::call_once(source_found_, [this] { source_ = FrozenTracebackSource::of(state()); });
  return source_;
}

void FrozenTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  const FrozenTraces& traces = state();
  traces.stored_sites.for_each([&](engine::SiteId id, const StoredSite* site) {
    if (site->live_blocks != 0) visit(site_row(traces, id, *site));
  });
}

bool FrozenTraceSet::for_each_site_history(function_ref<void(const SiteHistory&)> visit) const {
  const FrozenTraces& traces = state();
  traces.for_each_site(
      [&](engine::SiteId id, const SiteAggregate& site) { visit(site_history(site_row(traces, id, site), site)); });
  return true;
}

void FrozenTraceSet::for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const {
  state().for_each_group(
      [&](engine::GroupId group, const engine::GroupSums& sums) { visit_group_history(key, group, sums, visit); });
}

std::map<uint32_t, engine::CrossThreadFrees> FrozenTraceSet::cross_thread_frees() const {
  std::map<uint32_t, engine::CrossThreadFrees> by_site;
  state().for_each_cross_thread_frees(
      [&](engine::SiteId id, const engine::CrossThreadFrees& frees) { by_site[id] = frees; });
  return by_site;
}

std::optional<std::map<uint32_t, engine::DomainPeak>> FrozenTraceSet::domain_peaks() const {
  std::map<uint32_t, engine::DomainPeak> peaks;
  state().for_each_domain_peak(
      [&](engine::DomainIndex domain, const engine::DomainPeak& peak) { peaks[domain] = peak; });
  return peaks;
}

Completeness FrozenTraceSet::completeness() const {
  Completeness completeness = completeness_of(state().totals);
  // relaxed: what a hook fails to record at this moment is told by the next snapshot
  completeness.unrecorded = engine::tracer_state()->unrecorded.load(std::memory_order_relaxed);
  // relaxed: see TracerState
  completeness.sees_malloc = !engine::tracer_state()->misses_malloc.load(std::memory_order_relaxed);
  return completeness;
}

SiteRow FrozenTraceSet::site(uint32_t site) const {
  const FrozenTraces& traces = state();
  return site_row(traces, site, *traces.stored_sites.page(site));
}

void FrozenTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  const FrozenTraces& traces = state();
  traces.for_each_block([&](engine::BlockId, const Record& record) { visit(block_row(traces, record)); });
}

const FrozenTraces* FrozenTraceSet::comparable(const TraceSet& old) const {
  const auto* other = dynamic_cast<const FrozenTraceSet*>(&old);
  if (other == nullptr || other->state().generation != state().generation) return nullptr;
  return &other->state();
}

bool FrozenTraceSet::for_each_site_difference(
    const TraceSet& old, function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const {
  const FrozenTraces* before = comparable(old);
  if (before == nullptr) return false;
  const auto sum_of = [](const StoredSite* site) {
    return site != nullptr ? SiteSum{site->live_blocks, site->live_bytes} : SiteSum{};
  };
  FrozenTraces::for_each_stored_site_difference(
      *before, state(), [&](engine::SiteId id, const StoredSite* old_site, const StoredSite* new_site) {
        const SiteSum old_sum = sum_of(old_site);
        const SiteSum new_sum = sum_of(new_site);
        // Most sites that a game frame touches end it with the same live blocks.
        if (old_sum != new_sum) visit(id, old_sum, new_sum);
      });
  return true;
}

bool FrozenTraceSet::for_each_block_difference(const TraceSet& old,
                                               function_ref<void(const BlockRow& row, bool added)> visit) const {
  const FrozenTraces* before = comparable(old);
  if (before == nullptr) return false;
  FrozenTraces::for_each_block_difference(
      *before, state(), [&](engine::BlockId, const Record& record) { visit(block_row(state(), record), false); },
      [&](engine::BlockId, const Record& record) { visit(block_row(state(), record), true); });
  return true;
}

}  // namespace heapreel
