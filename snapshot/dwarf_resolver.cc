#include "snapshot/dwarf_resolver.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "snapshot/dwarf_die.h"
#include "snapshot/dwarf_function_walk.h"
#include "snapshot/dwarf_unit_index.h"
#include "snapshot/elf_file.h"
#include "snapshot/symbol_path.h"

namespace heapreel {
namespace {

// libdw keeps every line table it has read until its handle goes. A fresh handle after this many rows bounds
// our memory (at some 50 bytes a row) where a program has more debug information than the machine has room.
constexpr size_t kRowsPerHandle = 4'000'000;

struct EndDwarf {
  void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
using DwarfHandle = std::unique_ptr<Dwarf, EndDwarf>;

// File names of one unit, normalised once each.
class SourceNames {
 public:
  SourceNames(Dwarf_Die& unit, Dwarf_Files* files) : directory_(die_string(unit, DW_AT_comp_dir, "")), files_(files) {}

  const std::string& of(const char* name) {
    const auto [at, fresh] = names_.try_emplace(name);
    if (fresh && name != nullptr) at->second = normalise_source_path(name, directory_);
    return at->second;
  }
  const std::string& of_index(uint32_t index) {
    return of(files_ != nullptr ? dwarf_filesrc(files_, index, nullptr, nullptr) : nullptr);
  }

 private:
  std::string directory_;
  Dwarf_Files* files_;
  std::unordered_map<const char*, std::string> names_;  // libdw keeps one copy of each name
};

class Resolver {
 public:
  Resolver(const ElfFile& file, std::span<const uint64_t> vaddrs, DwarfResolution& result)
      : file_(file), result_(result) {
    for (const uint64_t vaddr : vaddrs) lookups_.push_back({vaddr, {}});
    result_.frames.resize(vaddrs.size());
  }

  void run(std::span<const AddressRange> code, const std::function<void(size_t)>& progress) {
    if (!reopen()) return;
    const DwarfUnitIndex index(dwarf_.get(), code);
    std::map<uint64_t, std::vector<DwarfLookup*>> by_unit;
    size_t done = 0;
    for (DwarfLookup& lookup : lookups_) {
      if (const auto unit = index.find(lookup.vaddr)) {
        by_unit[*unit].push_back(&lookup);
      } else {
        done++;
      }
    }
    for (const auto& [unit, lookups] : by_unit) {
      if (rows_ > kRowsPerHandle && !reopen()) return;
      resolve_unit(unit, lookups);
      done += lookups.size();
      progress(done);
    }
  }

 private:
  bool reopen() {
    names_.clear();
    rows_ = 0;
    dwarf_.reset();
    dwarf_.reset(dwarf_begin_elf(file_.handle(), DWARF_C_READ, nullptr));
    if (dwarf_ == nullptr) report(std::string("debug information cannot be read: ") + dwarf_errmsg(-1));
    return dwarf_ != nullptr;
  }

  void report(const std::string& problem) {
    const std::string text = file_.path() + ": " + problem;
    if (std::ranges::find(result_.problems, text) == result_.problems.end()) result_.problems.push_back(text);
  }

  void resolve_unit(uint64_t offset, const std::vector<DwarfLookup*>& lookups) {
    Dwarf_Die unit;
    if (dwarf_offdie(dwarf_.get(), offset, &unit) == nullptr) return report("debug information is damaged");
    Dwarf_Die tree = functions_of(unit);
    DwarfFunctionWalk walk(names_, lookups);
    if (!walk.run(tree)) report("debug information is damaged in places");

    Dwarf_Lines* lines = nullptr;
    size_t rows = 0;
    if (dwarf_getsrclines(&unit, &lines, &rows) != 0) report("a line table cannot be read");
    rows_ += rows;
    Dwarf_Files* files = nullptr;
    size_t file_count = 0;
    if (dwarf_getsrcfiles(&tree, &files, &file_count) != 0) files = nullptr;
    SourceNames sources(unit, files);
    for (DwarfLookup* lookup : lookups) {
      Dwarf_Line* row = lines != nullptr && rows > 0 ? dwarf_getsrc_die(&unit, lookup->vaddr) : nullptr;
      result_.frames[lookup - lookups_.data()] = expand(*lookup, row, sources);
    }
  }

  // The entry whose children are the unit's functions: of a split unit, that in its .dwo file.
  Dwarf_Die functions_of(Dwarf_Die& unit) {
    Dwarf_Die same, split;
    uint8_t type = 0;
    const int status = dwarf_cu_info(unit.cu, nullptr, &type, &same, &split, nullptr, nullptr, nullptr);
    if (status != 0 || type != DW_UT_skeleton) return unit;
    if (dwarf_tag(&split) != DW_TAG_invalid) return split;
    const char* name = die_string(unit, DW_AT_dwo_name, nullptr);
    if (name == nullptr) name = die_string(unit, DW_AT_GNU_dwo_name, "?");
    report("split debug information is missing: " + normalise_source_path(name, die_string(unit, DW_AT_comp_dir, "")));
    return unit;
  }

  // The row tells the line of the innermost frame, each inlined call that of the frame around it.
  static DwarfFrames expand(const DwarfLookup& lookup, Dwarf_Line* row, SourceNames& sources) {
    DwarfFrames result;
    if (row == nullptr && lookup.scopes.empty()) return result;
    std::string filename;
    int lineno = 0;
    if (row != nullptr) {
      filename = sources.of(dwarf_linesrc(row, nullptr, nullptr));
      dwarf_lineno(row, &lineno);
    }
    uint32_t line = static_cast<uint32_t>(std::max(lineno, 0));
    for (size_t i = lookup.scopes.size(); i-- > 0;) {
      const DwarfScope& scope = lookup.scopes[i];
      result.frames.push_back({scope.function->text, filename, line, i > 0, {}, 0});
      filename = sources.of_index(scope.call_file);
      line = scope.call_line;
    }
    if (lookup.scopes.empty()) result.frames.push_back({{}, filename, line, false, {}, 0});
    result.has_complete_function = !lookup.scopes.empty() && lookup.scopes.front().function->complete;
    return result;
  }

  const ElfFile& file_;
  DwarfResolution& result_;
  std::vector<DwarfLookup> lookups_;
  DwarfHandle dwarf_;
  DwarfFunctionNames names_;
  size_t rows_ = 0;
};

}  // namespace

DwarfResolution resolve_by_dwarf(const ElfFile& file, std::span<const AddressRange> code,
                                 std::span<const uint64_t> vaddrs, const std::function<void(size_t done)>& progress) {
  DwarfResolution result;
  Resolver(file, vaddrs, result).run(code, progress);
  return result;
}

}  // namespace heapreel
