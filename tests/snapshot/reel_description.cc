#include "tests/snapshot/reel_description.h"

#include <bit>
#include <sstream>
#include <stdexcept>

#include "snapshot/reel/format/recorded_change.h"

namespace heapreel::testing {

namespace {

void describe(std::ostream& out, const engine::Totals& totals) {
  out << "live " << totals.live_blocks << ' ' << totals.live_bytes << " allocs " << totals.allocs << ' '
      << totals.alloc_bytes << " frees " << totals.frees << " reallocs " << totals.reallocs << " peak "
      << totals.peak_bytes << ' ' << totals.peak_ceiling << ' ' << totals.peak_game_frame << " issued " << totals.issued
      << " stored " << totals.stored << " degraded " << totals.degraded << " discarded " << totals.discarded
      << " unusual " << totals.inferred_frees << ' ' << totals.mismatched_frees << ' ' << totals.untracked_frees
      << '\n';
}

void describe(std::ostream& out, const ReelInfo& info) {
  const ReelHeader& header = info.header;
  out << "writer " << header.writer << "\nprogram " << header.program << "\narguments";
  for (const std::string& argument : header.command_line) out << " '" << argument << "'";
  out << "\nprocess " << header.process_id << " at " << header.started_wall_ns << ' ' << header.started_monotonic_ns
      << " limit " << header.traceback_limit << " allocator " << header.allocator << '\n';
  const ReelEnd& end = info.end;
  out << "end " << static_cast<int>(end.ending) << ' ' << end.status << " at " << end.time_ns << " stop "
      << static_cast<int>(end.stop) << ' ' << end.tracing_ended << " unrecorded " << end.unrecorded << " tracer "
      << end.tracer_bytes << ' ' << end.consolidator_ns << ' ' << end.rounds << ' ' << end.copied_bytes << '\n';
  out << "complete " << info.complete << " recovered " << info.recovered << " game frames " << info.game_frames
      << " merged " << info.merged_game_frames << " generations " << info.generations << " unknown "
      << info.unknown_sections << "\nall ";
  describe(out, info.totals);
}

void describe(std::ostream& out, const RecordedBudgets& budgets) {
  for (const auto& [key, limits] : budgets.all()) {
    out << "budget '" << key.first << "' by " << static_cast<int>(key.second);
    for (const uint64_t limit : {limits.allocs_per_game_frame, limits.alloc_bytes_per_game_frame, limits.live_bytes}) {
      if (limit == engine::BudgetLimits::kNone) {
        out << " none";
      } else {
        out << ' ' << limit;
      }
    }
    out << '\n';
  }
  if (budgets.refused() != 0) out << "budgets refused " << budgets.refused() << '\n';
}

void describe(std::ostream& out, const ReelTables& tables) {
  for (uint32_t i = 0; i < tables.modules().count(); ++i) {
    const RecordedModule& module = tables.modules().at(i);
    out << "module " << i << std::hex << ' ' << module.image.start << ' ' << module.image.end << ' '
        << module.image.bias << " print " << module.fingerprint << " id ";
    for (const uint8_t byte : module.image.build_id) out << int{byte} << '.';
    out << std::dec << ' ' << module.loaded_generation << ' ' << module.unloaded_generation << ' ' << module.image.path
        << '\n';
  }
  for (const NameKind kind : {NameKind::kDomain, NameKind::kScope, NameKind::kThread}) {
    for (uint32_t place = 0; place < tables.names(kind).count(); ++place) {
      const RecordedName* name = tables.names(kind).find(place);
      if (name == nullptr) continue;
      out << "name " << static_cast<int>(kind) << ' ' << place << ' ' << name->number << " '" << name->text << "'\n";
    }
  }
  for (uint32_t i = 0; tables.named_tracebacks().empty() && i < tables.traceback_count(); ++i) {
    const RecordedStack stack = tables.stack(i);
    out << "stack " << i << " kind " << static_cast<int>(stack.kind) << " total " << stack.total_depth << ' '
        << stack.approximate << " modules " << stack.known_modules << std::hex;
    for (const uint64_t pc : stack.pcs) out << ' ' << pc;
    out << std::dec << '\n';
  }
  for (uint32_t i = 0; i < tables.site_count(); ++i) {
    const engine::SiteKey& site = tables.site(i);
    out << "site " << i << ": " << site.domain << ' ' << site.scope << ' ' << site.traceback << '\n';
  }
  describe(out, tables.budgets());
}

// Reels of before 1.2 have none.
void describe_groups(std::ostream& out, const ReelTraceSet& still) {
  for (const KeyType key : {KeyType::size_class, KeyType::thread}) {
    try {
      still.for_each_group_history(key, [&](const GroupHistory& group) {
        out << ' ' << to_string(key) << ' ' << group.item << ": " << group.allocs << ' ' << group.alloc_bytes << ' '
            << group.frees << ' ' << group.freed_bytes << ' ' << group.reallocs << '\n';
      });
    } catch (const std::invalid_argument&) {
      return;
    }
  }
}

// Reels of before 1.4 have none.
void describe_cross_thread_frees(std::ostream& out, const ReelTraceSet& still) {
  try {
    for (const auto& [site, frees] : still.cross_thread_frees()) {
      out << " site " << site << " cross-thread " << frees.frees << ' ' << frees.freed_bytes << ' '
          << frees.temporary_frees << ' ' << frees.temporary_bytes << '\n';
    }
  } catch (const std::invalid_argument&) {
    return;
  }
}

void describe_blocks(std::ostream& out, const ReelTraceSet& still) {
  still.for_each_block([&](const BlockRow& block) {
    out << ' ' << std::hex << block.address << std::dec << ' ' << block.size << ' ' << block.site << ' ' << block.born
        << ' ' << block.thread << '\n';
  });
  for (uint32_t site = 0; site < still.site_count(); ++site) {
    const auto figures = std::bit_cast<RecordedSiteChange::Figures>(still.aggregate(site));
    if (figures == RecordedSiteChange::Figures{}) continue;
    out << " site " << site << ':';
    for (const uint64_t figure : figures) out << ' ' << figure;
    out << '\n';
  }
}

void describe(std::ostream& out, const ReelTraceSet& still) {
  out << "still " << still.game_frame() << '\n';
  describe_blocks(out, still);
  describe_groups(out, still);
  describe_cross_thread_frees(out, still);
  for (const auto& [domain, peak] : still.domain_peaks().value_or(std::map<uint32_t, engine::DomainPeak>())) {
    out << " domain " << domain << " peak " << peak.live_bytes << ' ' << peak.peak_bytes << ' ' << peak.peak_ceiling
        << '\n';
  }
}

}  // namespace

std::string describe(const Reel& reel) {
  std::ostringstream out;
  describe(out, reel.info());
  describe(out, reel.at_end()->tables());
  for (size_t number = 0; number < reel.marks().size(); ++number) {
    const ReelMark& mark = reel.marks()[number];
    out << "mark '" << mark.name << "' in " << mark.game_frame << ' ';
    describe(out, mark.sums.totals);
    if (mark.has_state) describe_blocks(out, *reel.at_mark(number));
  }
  for (const GameFrameRow& row : reel.game_frames()) {
    out << "game frame " << row.number << " at " << row.time_ns << ": " << row.allocs << ' ' << row.frees << ' '
        << row.reallocs << ' ' << row.alloc_bytes << ' ' << row.freed_bytes << ' ' << row.live_blocks << ' '
        << row.live_bytes << ' ' << row.peak_bytes << ' ' << row.merged << row.partial << '\n';
    if (!row.merged) describe(out, *reel.at(row.number));
  }
  return std::move(out).str();
}

}  // namespace heapreel::testing
