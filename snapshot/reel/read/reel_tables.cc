#include "snapshot/reel/read/reel_tables.h"

#include <bit>

#include "engine/unwind/module_table.h"
#include "snapshot/recorded/module_file.h"
#include "snapshot/reel/format/named_tracebacks.h"
#include "snapshot/reel/read/resolved_names.h"

namespace heapreel {

using reel_format::SectionKind;

void ReelTables::read(SectionKind kind, std::span<const uint8_t> payload, size_t still) {
  ByteReader in(payload);
  switch (kind) {
    case SectionKind::kModules:
      read_modules(in);
      break;
    case SectionKind::kNames:
      read_names(in);
      break;
    case SectionKind::kTracebacks:
      read_tracebacks(in);
      break;
    case SectionKind::kSites:
      read_sites(in);
      break;
    case SectionKind::kNamedTracebacks:
      read_named_tracebacks(in, named_);
      break;
    case SectionKind::kBudgets:
      budgets_.read(in, still);
      break;
    case SectionKind::kBudgetDetails:
      budgets_.read_details(in, still);
      break;
    case SectionKind::kModuleFiles:
      read_module_files(in);
      break;
    case SectionKind::kResolvedNames:
      read_resolved_names(in, resolved_);
      break;
    default:
      throw ReelError("a section is of an unknown kind");
  }
  in.expect_end();
  if (!named_.empty() && !tracebacks_.empty()) throw ReelError("tracebacks are of two kinds");
}

RecordedStack ReelTables::stack(uint32_t traceback) const {
  const Captured& found = tracebacks_[traceback];
  return {.kind = found.kind,
          .total_depth = found.total_depth,
          .approximate = found.approximate,
          .pcs = std::span(pcs_).subspan(found.first_pc, found.depth),
          .known_modules = found.known_modules};
}

void ReelTables::read_modules(ByteReader& in) {
  for (size_t left = in.count(15); left > 0; --left) {
    const uint32_t position = in.varint32();
    if (position >= engine::ModuleTable::kCapacity) throw ReelError("a module's number is out of range");
    RecordedModule module;
    module.image.start = in.varint();
    module.image.end = in.varint();
    module.image.bias = in.varint();
    module.fingerprint = in.u64();
    module.loaded_generation = in.varint32();
    module.unloaded_generation = in.varint32();
    const std::string_view build_id = in.text();
    module.image.build_id.assign(build_id.begin(), build_id.end());
    module.image.path = in.text();
    modules_.set(position, std::move(module));
  }
}

void ReelTables::read_module_files(ByteReader& in) {
  for (size_t left = in.count(2); left > 0; --left) {
    const uint32_t position = in.varint32();
    if (position >= engine::ModuleTable::kCapacity) throw ReelError("a module's number is out of range");
    const std::string_view id = in.text();
    content_ids_[position].assign(id.begin(), id.end());
  }
}

// A module is written again when it is unloaded, so that all of them must have been read first.
void ReelTables::finish(uint16_t minor_version) {
  for (uint32_t position = 0; position < modules_.count(); ++position) {
    RecordedModule module = modules_.at(position);
    if (const auto names = resolved_.find(position); names != resolved_.end()) module.image.known = names->second;
    if (module.image.build_id.empty() && minor_version >= reel_format::kMinorWithModuleFiles) {
      const auto id = content_ids_.find(position);
      prove_by_content(module.image, id != content_ids_.end() ? id->second : std::vector<uint8_t>());
    }
    modules_.set(position, std::move(module));
  }
}

void ReelTables::read_names(ByteReader& in) {
  for (size_t left = in.count(4); left > 0; --left) {
    const uint8_t kind = in.u8();
    if (kind >= kNameKinds) throw ReelError("a name is of an unknown kind");
    const uint32_t place = in.varint32();
    if (place >= most_names(static_cast<NameKind>(kind))) throw ReelError("a name's number is out of range");
    RecordedName name;
    name.number = in.varint32();
    name.text = in.text();
    names_[kind].set(place, std::move(name));
  }
}

void ReelTables::read_tracebacks(ByteReader& in) {
  if (in.varint() != tracebacks_.size()) throw ReelError("tracebacks are missing");
  const uint32_t known_modules = in.varint32();
  const size_t count = in.count(3);
  // Taken over only as a whole, because a section that is damaged further on must leave no stack without its frames.
  std::vector<Captured> tracebacks;
  tracebacks.reserve(count);
  uint64_t first_pc = pcs_.size();
  for (size_t i = 0; i < count; ++i) {
    const uint8_t flags = in.u8();
    const uint64_t depth = in.varint();
    const uint32_t total_depth = in.varint32();
    if (flags >> 3 != 0 || (flags & 3) > static_cast<uint8_t>(RecordedStack::Kind::kDegraded) || depth > UINT16_MAX) {
      throw ReelError("a traceback is out of range");
    }
    tracebacks.push_back({.kind = static_cast<RecordedStack::Kind>(flags & 3),
                          .total_depth = total_depth,
                          .approximate = (flags & 4) != 0,
                          .depth = static_cast<uint16_t>(depth),
                          .known_modules = known_modules,
                          .first_pc = first_pc});
    first_pc += depth;
  }
  if (first_pc - pcs_.size() > in.left()) throw ReelError("a section ends early");
  std::vector<uint64_t> pcs(first_pc - pcs_.size());
  uint64_t before = 0;
  for (uint64_t& pc : pcs) pc = std::rotr(before = in.difference(before), 1);
  in.expect_end();
  tracebacks_.insert(tracebacks_.end(), tracebacks.begin(), tracebacks.end());
  pcs_.insert(pcs_.end(), pcs.begin(), pcs.end());
}

void ReelTables::read_sites(ByteReader& in) {
  if (in.varint() != sites_.size()) throw ReelError("sites are missing");
  const size_t count = in.count(3);
  sites_.reserve(sites_.size() + count);
  uint64_t traceback = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t domain = in.varint32();
    const uint32_t scope = in.varint32();
    traceback = in.difference(traceback);
    if (traceback >= traceback_count()) throw ReelError("a site names a traceback that is not there");
    sites_.push_back({.domain = domain, .scope = scope, .traceback = static_cast<uint32_t>(traceback)});
  }
}

}  // namespace heapreel
