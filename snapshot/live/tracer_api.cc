#include <heapreel/errors.h>
#include <heapreel/peak_snapshot.h>
#include <heapreel/tracing.h>

#include <new>
#include <stdexcept>
#include <string>

#include "engine/tracer/tracer.h"
#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/query/snapshot_data.h"

namespace heapreel {

namespace {

TracedMemory traced(const engine::Totals& totals) {
  return {.current = totals.live_bytes, .peak = totals.peak_bytes, .peak_bound = totals.peak_ceiling};
}

}  // namespace

bool is_tracing() {
  return engine::is_tracing();
}

bool sees_malloc() {
  return engine::sees_malloc();
}

int get_traceback_limit() {
  return engine::traceback_limit();
}

void clear_traces() {
  engine::clear_traces();
}

void reset_peak() {
  engine::reset_peak();
}

TracedMemory get_traced_memory() {
  return traced(engine::traced_memory());
}

TracedMemory get_traced_memory_estimate() {
  return traced(engine::traced_memory_estimate());
}

size_t get_tracer_memory() {
  return engine::tracer_memory();
}

std::optional<Traceback> get_object_traceback(const void* object, uint32_t domain) {
  const engine::UntracedScope untraced_scope;
  engine::SnapshotHandle handle = engine::take_snapshot();
  if (!handle) return std::nullopt;
  const FrozenTraceSet set(std::move(handle));
  const auto address = reinterpret_cast<uintptr_t>(object);
  std::optional<uint32_t> traceback;
  set.for_each_block([&](const BlockRow& block) {
    // A block of 0 bytes has an address, too.
    if (address != block.address && address - block.address >= block.size) return;
    const SiteRow site = set.site(block.site);
    if (site.domain == domain) traceback = site.traceback;
  });
  if (!traceback) return std::nullopt;
  return set.source()->traceback(*traceback).with_total_nframe(std::nullopt);
}

Snapshot take_snapshot() {
  const engine::UntracedScope untraced_scope;
  engine::SnapshotHandle handle = engine::take_snapshot();
  if (!handle) {
    // That there are traces now means nothing, because another thread may have begun to trace since.
    if (engine::memory_is_spent()) throw std::bad_alloc();
    throw NotTracing();
  }
  return SnapshotData::make_snapshot(std::make_shared<const FrozenTraceSet>(std::move(handle)),
                                     engine::traceback_limit(), SkipList::for_native_code());
}

std::optional<PeakSnapshot> peak_snapshot() {
  const engine::UntracedScope untraced_scope;
  if (!engine::keeps_traces()) throw NotTracing();
  engine::PeakState peak = engine::peak_snapshot();
  const engine::FrozenTraces* state = peak.highest.get();
  if (state == nullptr) return std::nullopt;
  const engine::Totals& totals = peak.totals;
  const uint32_t complete = state->game_frame;  // how many are complete, with the one that has just ended
  const uint64_t live_bytes = state->totals.live_bytes;
  return PeakSnapshot{
      .snapshot = SnapshotData::make_snapshot(std::make_shared<const FrozenTraceSet>(std::move(peak.highest)),
                                              engine::traceback_limit(), SkipList::for_native_code()),
      .game_frame = state->own_number(complete - 1),
      .live_bytes = live_bytes,
      .peak_bytes = totals.peak_bytes,
      .peak_bound = totals.peak_ceiling,
      .peak_game_frame = state->own_number(totals.peak_game_frame)};
}

}  // namespace heapreel
