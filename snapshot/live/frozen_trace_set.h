// A frozen state of this process's tracer, as a Snapshot reads it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/tracer/tracer.h"
#include "snapshot/model/trace_set.h"
#include "snapshot/recorded/current_symbol_options.h"
#include "snapshot/recorded/recorded_traceback_source.h"

namespace heapreel {

// The tracebacks of one generation, which all its frozen states share. Usable while one of them is held.
class FrozenTracebackSource : public RecordedTracebackSource {
 public:
  // The source of the state's generation; the same for every state of it, while the symbol options stay the same.
  static std::shared_ptr<const FrozenTracebackSource> of(const engine::FrozenTraces& state);

  FrozenTracebackSource(const engine::FrozenTraces& state, const CurrentSymbolOptions& symbols);

 protected:
  uint32_t stack_count() const override;
  RecordedStack stack(uint32_t index) const override;
  RecordedModules modules() const override;
  std::optional<RecordedName> name(NameKind kind, uint32_t place) const override;

 private:
  // Makes known that tracebacks below this count, that of a state that is held, stay as they are.
  void know(uint32_t traceback_count) const;

  const uint32_t generation_;
  const uint64_t symbols_version_;
  const engine::TracebackTable* const tracebacks_;
  mutable std::atomic<uint32_t> known_;
};

// Waits for the consolidator at the first look. Throws std::runtime_error when the state could not be frozen because
// the tracer's memory was spent.
class FrozenTraceSet : public TraceSet {
 public:
  explicit FrozenTraceSet(engine::SnapshotHandle handle) : handle_(std::move(handle)) {}

  std::shared_ptr<const TracebackSource> source() const override;
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override;
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return state().totals.live_blocks; }
  uint64_t game_frame() const override { return state().own_number(state().game_frame); }
  std::optional<uint32_t> generation() const override { return state().generation; }
  bool for_each_site_history(function_ref<void(const SiteHistory&)> visit) const override;
  void for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const override;
  std::map<uint32_t, engine::CrossThreadFrees> cross_thread_frees() const override;
  std::optional<std::map<uint32_t, engine::DomainPeak>> domain_peaks() const override;
  Completeness completeness() const override;
  bool for_each_site_difference(const TraceSet& old,
                                function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const override;
  bool for_each_block_difference(const TraceSet& old,
                                 function_ref<void(const BlockRow& row, bool added)> visit) const override;

  const engine::FrozenTraces& state() const;

 private:
  // The other state, when the two can be compared page by page.
  const engine::FrozenTraces* comparable(const TraceSet& old) const;

  const engine::SnapshotHandle handle_;
  // The names that were found first stay, whatever options are set later.
  mutable std::once_flag source_found_;
  mutable std::shared_ptr<const TracebackSource> source_;
};

}  // namespace heapreel
