// The tables of a reel: modules, names, tracebacks, sites, budgets.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <heapreel/traceback.h>

#include "engine/store/frozen_traces.h"
#include "snapshot/recorded/recorded_modules.h"
#include "snapshot/recorded/recorded_names.h"
#include "snapshot/recorded/recorded_stack.h"
#include "snapshot/reel/format/recorded_budgets.h"
#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/reel_format.h"

namespace heapreel {

class ReelTables {
 public:
  // Reads a section of one of these, in the order of the file; it stands before the still of this number. Throws
  // ReelError.
  void read(reel_format::SectionKind kind, std::span<const uint8_t> payload, size_t still);

  const RecordedModules& modules() const { return modules_; }
  const RecordedNames& names(NameKind kind) const { return names_[static_cast<size_t>(kind)]; }

  // A still has only named tracebacks, and a reel has none of them.
  uint32_t traceback_count() const {
    return static_cast<uint32_t>(named_.empty() ? tracebacks_.size() : named_.size());
  }
  const std::vector<Traceback>& named_tracebacks() const { return named_; }
  RecordedStack stack(uint32_t traceback) const;

  uint32_t site_count() const { return static_cast<uint32_t>(sites_.size()); }
  const engine::SiteKey& site(uint32_t site) const { return sites_[site]; }

  const RecordedBudgets& budgets() const { return budgets_; }

  // To be called after the last section: adds what the file says about its modules in other sections. `minor_version`
  // is the file's.
  void finish(uint16_t minor_version);
  bool is_sealed() const { return !resolved_.empty(); }

 private:
  struct Captured {
    RecordedStack::Kind kind;
    uint32_t total_depth;
    bool approximate;
    uint16_t depth;
    uint32_t known_modules;
    uint64_t first_pc;  // in pcs_
  };

  void read_modules(ByteReader& in);
  void read_names(ByteReader& in);
  void read_tracebacks(ByteReader& in);
  void read_sites(ByteReader& in);
  void read_module_files(ByteReader& in);

  RecordedModules modules_;
  std::array<RecordedNames, kNameKinds> names_;
  std::vector<Captured> tracebacks_;
  std::vector<Traceback> named_;
  std::vector<uint64_t> pcs_;
  std::vector<engine::SiteKey> sites_;
  RecordedBudgets budgets_;
  std::map<uint32_t, std::vector<uint8_t>> content_ids_;             // by position of a module
  std::map<uint32_t, std::shared_ptr<const KnownFrames>> resolved_;  // likewise
};

}  // namespace heapreel
