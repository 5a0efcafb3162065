#include "snapshot/reel/write/reel_tables_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/consolidate/tracer_state.h"
#include "snapshot/recorded/module_file.h"
#include "snapshot/recorded/recorded_stack.h"

namespace heapreel {

namespace {

using reel_format::SectionKind;

// How many tracebacks a section has: far below the limit of a payload even where every stack has the greatest depth.
constexpr uint32_t kTracebacksPerSection = 16'384;
constexpr uint32_t kSitesPerSection = 1 << 20;

static_assert(most_names(NameKind::kDomain) == engine::kMaxDomains);

RecordedStack::Kind kind_of(engine::TracebackId id) {
  switch (id) {
    case engine::kUnknownTraceback:
      return RecordedStack::Kind::kUnknown;
    case engine::kDegradedTraceback:
      return RecordedStack::Kind::kDegraded;
    default:
      return RecordedStack::Kind::kWalked;
  }
}

}  // namespace

void ReelTablesWriter::write_new(const engine::FrozenTraces& state, const Emit& emit) {
  // Modules and names come before what refers to them; both were published before the events that do.
  write_modules(emit);
  write_names(emit);
  write_budgets(emit);
  write_tracebacks(state, emit);
  write_sites(state, emit);
}

void ReelTablesWriter::end_generation() {
  traceback_base_ += tracebacks_written_;
  site_base_ += sites_written_;
  tracebacks_written_ = sites_written_ = 0;
}

void ReelTablesWriter::write_modules(const Emit& emit) {
  const engine::ModuleTable& table = *tracer_.modules;
  modules_.resize(table.count());
  ByteWriter entries;
  uint32_t count = 0;
  ByteWriter files;
  uint32_t file_count = 0;
  for (uint32_t position = 0; position < modules_.size(); ++position) {
    const engine::ModuleTable::Instance* module = table.instance(position);
    if (module == nullptr) continue;
    // relaxed: set once, and a reader a game frame late reads an older truth
    const uint32_t unloaded = module->unloaded_generation.load(std::memory_order_relaxed);
    ModuleMark& mark = modules_[position];
    if (mark.written && mark.unloaded_generation == unloaded) continue;
    if (!mark.written && module->build_id_bytes() == 0) {
      const std::vector<uint8_t> content = content_id_of_loaded(std::string(table.path(*module)), module->fingerprint);
      if (!content.empty()) {
        files.varint(position);
        files.text({reinterpret_cast<const char*>(content.data()), content.size()});
        ++file_count;
      }
    }
    mark = {true, unloaded};
    entries.varint(position);
    entries.varint(module->start);
    entries.varint(module->end);
    entries.varint(module->load_bias);
    entries.u64(module->fingerprint);
    entries.varint(module->loaded_generation);
    entries.varint(unloaded);
    entries.text({reinterpret_cast<const char*>(module->build_id), module->build_id_bytes()});
    entries.text(table.path(*module));
    ++count;
  }
  if (count == 0) return;
  ByteWriter out;
  out.varint(count);
  out.append(entries);
  emit(SectionKind::kModules, out);
  if (file_count == 0) return;
  ByteWriter proofs;
  proofs.varint(file_count);
  proofs.append(files);
  emit(SectionKind::kModuleFiles, proofs);
}

template <class Table>
void ReelTablesWriter::collect_names(const Table& table, NameKind kind, ByteWriter& out, uint32_t& count) {
  NameMark& mark = names_[static_cast<size_t>(kind)];
  mark.written.resize(table.count());
  for (uint32_t place = mark.first_missing; place < mark.written.size(); ++place) {
    const auto* entry = mark.written[place] ? nullptr : table.at(place);
    if (entry == nullptr) continue;
    mark.written[place] = true;
    out.u8(static_cast<uint8_t>(kind));
    out.varint(place);
    out.varint(entry->number);
    out.text(entry->view());
    ++count;
  }
  while (mark.first_missing < mark.written.size() && mark.written[mark.first_missing]) ++mark.first_missing;
}

void ReelTablesWriter::write_names(const Emit& emit) {
  ByteWriter entries;
  uint32_t count = 0;
  collect_names(*tracer_.domains, NameKind::kDomain, entries, count);
  collect_names(*tracer_.scopes, NameKind::kScope, entries, count);
  collect_names(*tracer_.threads, NameKind::kThread, entries, count);
  if (count == 0) return;
  ByteWriter out;
  out.varint(count);
  out.append(entries);
  emit(SectionKind::kNames, out);
}

void ReelTablesWriter::write_budgets(const Emit& emit) {
  const engine::BudgetTable& table = *tracer_.budgets;
  budgets_.resize(table.count());
  ByteWriter entries, details;
  size_t count = given_budgets_.size();
  size_t details_count = 0;
  for (const NamedBudget& given : given_budgets_) {
    write_budget(entries, BudgetOrigin::kRecorder, given.name, given.limits);
  }
  given_budgets_.clear();
  for (uint32_t place = 0; place < budgets_.size(); ++place) {
    const char* name = table.name(place);
    if (name == nullptr) continue;
    const engine::BudgetLimits limits = table.limits(place);
    if (budgets_[place] == limits) continue;
    budgets_[place] = limits;
    const std::string_view text(name, strnlen(name, engine::BudgetTable::kNameBytes));
    write_budget(entries, BudgetOrigin::kProgram, text, limits);
    ++count;
    if (!has_details(limits)) continue;
    write_budget_details(details, text, limits);
    ++details_count;
  }
  const uint64_t refused = table.refused();
  if (count == 0 && refused == budgets_refused_) return;
  budgets_refused_ = refused;
  ByteWriter out;
  out.varint(refused);
  out.varint(count);
  out.append(entries);
  emit(SectionKind::kBudgets, out);
  if (details_count == 0) return;
  ByteWriter more;
  more.varint(details_count);
  more.append(details);
  emit(SectionKind::kBudgetDetails, more);
}

void ReelTablesWriter::write_tracebacks(const engine::FrozenTraces& state, const Emit& emit) {
  while (tracebacks_written_ < state.traceback_count) {
    const uint32_t most = std::min(state.traceback_count - tracebacks_written_, kTracebacksPerSection);
    const uint32_t known_modules = state.tracebacks->at(tracebacks_written_)->known_modules;
    uint32_t count = 1;
    while (count < most && state.tracebacks->at(tracebacks_written_ + count)->known_modules == known_modules) ++count;
    ByteWriter out;
    out.varint(traceback_base_ + tracebacks_written_);
    out.varint(known_modules);
    out.varint(count);
    for (uint32_t i = 0; i < count; ++i) {
      const engine::TracebackId id = tracebacks_written_ + i;
      const engine::StoredTraceback& traceback = *state.tracebacks->at(id);
      out.u8(static_cast<uint8_t>(static_cast<uint8_t>(kind_of(id)) | traceback.approximate << 2));
      out.varint(traceback.depth);
      out.varint(traceback.reached_bottom ? traceback.depth : traceback.total_depth);
    }
    // The top bit of a pc says "exact". It is moved to the bottom, because a varint of a number with its top bit set
    // takes ten bytes.
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const engine::StoredTraceback& traceback = *state.tracebacks->at(tracebacks_written_ + i);
      state.tracebacks->for_each_run(traceback, [&](const uintptr_t* pcs, uint32_t frames) {
        for (uint32_t frame = 0; frame < frames; ++frame) {
          const uint64_t pc = std::rotl(uint64_t{pcs[frame]}, 1);
          out.difference(pc, before);
          before = pc;
        }
      });
    }
    emit(SectionKind::kTracebacks, out);
    tracebacks_written_ += count;
  }
}

void ReelTablesWriter::write_sites(const engine::FrozenTraces& state, const Emit& emit) {
  while (sites_written_ < state.site_count) {
    const uint32_t count = std::min(state.site_count - sites_written_, kSitesPerSection);
    ByteWriter out;
    out.varint(site_base_ + sites_written_);
    out.varint(count);
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const engine::SiteKey& key = state.sites->at(sites_written_ + i);
      const uint64_t traceback = traceback_base_ + key.traceback;
      out.varint(key.domain);
      out.varint(key.scope);
      out.difference(traceback, before);
      before = traceback;
    }
    emit(SectionKind::kSites, out);
    sites_written_ += count;
  }
}

}  // namespace heapreel
