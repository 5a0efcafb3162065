// The tables of a reel, written as they grow: modules, names, budgets, tracebacks, sites.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/recorded/recorded_names.h"
#include "snapshot/reel/format/recorded_budgets.h"
#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/reel_format.h"

namespace heapreel::engine {
struct TracerState;
}

namespace heapreel {

// In the engine the numbers of tracebacks and sites begin anew in each generation. In a reel they count on, so that a
// number always means the same thing. One thread.
class ReelTablesWriter {
 public:
  // Takes the tables that lie beside the frozen states, which it reads while the tracer adds to them. `given_budgets`
  // are the recorder's own.
  ReelTablesWriter(const engine::TracerState& tracer, std::vector<NamedBudget> given_budgets)
      : tracer_(tracer), given_budgets_(std::move(given_budgets)) {}

  using Emit = std::function<void(reel_format::SectionKind, const ByteWriter&)>;

  // Writes everything to which `state` refers and that was not written yet.
  void write_new(const engine::FrozenTraces& state, const Emit& emit);
  // Writes only the budgets, which no state refers to.
  void write_budgets(const Emit& emit);
  // To be called when the generation that was written last has ended: its numbers are no longer valid.
  void end_generation();

  uint32_t site_base() const { return site_base_; }
  // The number in the reel of a traceback of the engine's generation; false when it was not written.
  bool number_traceback(engine::TracebackId& traceback) const {
    const bool is_written = traceback < tracebacks_written_;
    traceback += traceback_base_;
    return is_written;
  }

 private:
  struct ModuleMark {
    bool written = false;
    uint32_t unloaded_generation = 0;
  };
  // What was written of one kind of names, whose entries become readable in any order.
  struct NameMark {
    uint32_t first_missing = 0;
    std::vector<bool> written;
  };

  void write_modules(const Emit& emit);
  template <class Table>
  void collect_names(const Table& table, NameKind kind, ByteWriter& out, uint32_t& count);
  void write_names(const Emit& emit);
  void write_tracebacks(const engine::FrozenTraces& state, const Emit& emit);
  void write_sites(const engine::FrozenTraces& state, const Emit& emit);

  const engine::TracerState& tracer_;
  std::vector<ModuleMark> modules_;
  std::array<NameMark, kNameKinds> names_;
  std::vector<NamedBudget> given_budgets_;                    // until they are written
  std::vector<std::optional<engine::BudgetLimits>> budgets_;  // as written, by place
  uint64_t budgets_refused_ = 0;
  uint32_t traceback_base_ = 0;
  uint32_t tracebacks_written_ = 0;  // of this generation
  uint32_t site_base_ = 0;
  uint32_t sites_written_ = 0;
};

}  // namespace heapreel
