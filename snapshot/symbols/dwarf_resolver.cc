#include "snapshot/symbols/dwarf_resolver.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/dwarf_function_walk.h"
#include "snapshot/symbols/dwarf_line_table.h"
#include "snapshot/symbols/dwarf_package.h"
#include "snapshot/symbols/dwarf_unit_index.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbol_path.h"

namespace heapreel {
namespace {

struct EndDwarf {
  void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
using DwarfHandle = std::unique_ptr<Dwarf, EndDwarf>;

DwarfLineSections line_sections(Dwarf* dwarf, const char* suffix) {
  Elf* elf = dwarf_getelf(dwarf);
  const auto section = [&](const char* name) { return section_bytes(elf, std::string(name) + suffix); };
  return {section(".debug_line"), section(".debug_line_str"), section(".debug_str")};
}

// A unit's own line table, or of a split unit the file table that its inlined calls refer to.
std::optional<DwarfLineTable> read_line_table(const DwarfLineSections& sections, Dwarf_Die& unit, uint64_t offset) {
  return DwarfLineTable::read(sections, offset, die_string(unit, DW_AT_comp_dir, ""));
}

class Resolver {
 public:
  Resolver(ElfFile& file, ElfFile* shared, ElfFile* package, std::span<const uint64_t> vaddrs, DwarfResolution& result)
      : file_(file), shared_file_(shared), result_(result) {
    if (package != nullptr) package_.emplace(*package);
    if (package_ && !package_->ok()) report("its package of split units cannot be read: " + package->path());
    for (const uint64_t vaddr : vaddrs) lookups_.push_back({vaddr, {}});
    result_.frames.resize(vaddrs.size());
  }

  void run(std::span<const AddressRange> code, const std::function<void(size_t)>& progress) {
    dwarf_ = open(file_);
    if (dwarf_ == nullptr) return;
    if (shared_file_ != nullptr) shared_ = open(*shared_file_);
    if (shared_ != nullptr) dwarf_setalt(dwarf_.get(), shared_.get());
    sections_ = line_sections(dwarf_.get(), "");
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
      resolve_unit(unit, lookups);
      done += lookups.size();
      progress(done);
    }
    if (split_missing_ > 0) {
      report("split debug information is missing of " + std::to_string(split_missing_) + " units, the first " +
             first_split_missing_);
    }
  }

 private:
  DwarfHandle open(ElfFile& file) {
    const std::string damaged = file.decompress_zstd();
    if (!damaged.empty()) report("section " + damaged + " cannot be decompressed");
    DwarfHandle dwarf(dwarf_begin_elf(file.handle(), DWARF_C_READ, nullptr));
    if (dwarf == nullptr) report(std::string("debug information cannot be read: ") + dwarf_errmsg(-1));
    return dwarf;
  }

  void report(const std::string& problem) {
    const std::string text = file_.path() + ": " + problem;
    if (std::ranges::find(result_.problems, text) == result_.problems.end()) result_.problems.push_back(text);
  }

  void resolve_unit(uint64_t offset, const std::vector<DwarfLookup*>& lookups) {
    Dwarf_Die unit;
    if (dwarf_offdie(dwarf_.get(), offset, &unit) == nullptr) return report("debug information is damaged");
    std::unique_ptr<PackagedUnit> packaged;
    Dwarf_Die tree = functions_of(unit, packaged);
    DwarfFunctionWalk walk(names_, lookups, packaged != nullptr ? &packaged->ranges() : nullptr);
    if (!walk.run(tree)) report("debug information is damaged in places");

    std::vector<uint64_t> vaddrs;
    for (const DwarfLookup* lookup : lookups) vaddrs.push_back(lookup->vaddr);
    std::vector<std::optional<DwarfLineRow>> rows(vaddrs.size());
    std::optional<DwarfLineTable> table = lines_of(unit);
    if (table && !table->find_rows(vaddrs, rows)) report("a line table is damaged in places");
    std::optional<DwarfLineTable> split_table;
    if (tree.cu != unit.cu) {
      const DwarfLineSections split = packaged != nullptr
                                          ? DwarfLineSections{packaged->lines(), {}, packaged->strings()}
                                          : line_sections(dwarf_cu_getdwarf(tree.cu), ".dwo");
      if (!split.lines.empty()) split_table = read_line_table(split, unit, 0);
    }
    std::optional<DwarfLineTable>* files = split_table ? &split_table : &table;
    for (size_t i = 0; i < lookups.size(); ++i) {
      result_.frames[lookups[i] - lookups_.data()] = expand(*lookups[i], rows[i], table, *files);
    }
  }

  std::optional<DwarfLineTable> lines_of(Dwarf_Die& unit) {
    Dwarf_Attribute found;
    Dwarf_Word offset = 0;
    if (dwarf_formudata(dwarf_attr(&unit, DW_AT_stmt_list, &found), &offset) != 0) return std::nullopt;
    std::optional<DwarfLineTable> table = read_line_table(sections_, unit, offset);
    if (!table) report("a line table cannot be read");
    return table;
  }

  // The entry whose children are the unit's functions: of a split unit, that in its .dwo file or, kept by `packaged`,
  // in the package.
  Dwarf_Die functions_of(Dwarf_Die& unit, std::unique_ptr<PackagedUnit>& packaged) {
    Dwarf_Die same, split;
    uint8_t type = 0;
    uint64_t id = 0;
    const int status = dwarf_cu_info(unit.cu, nullptr, &type, &same, &split, &id, nullptr, nullptr);
    if (status != 0 || type != DW_UT_skeleton) return unit;
    if (dwarf_tag(&split) != DW_TAG_invalid) return split;
    if (package_) packaged = package_->unit(unit, id, file_.handle());
    if (packaged != nullptr) return packaged->tree();
    const char* name = die_string(unit, DW_AT_dwo_name, nullptr);
    if (name == nullptr) name = die_string(unit, DW_AT_GNU_dwo_name, "?");
    if (split_missing_++ == 0) first_split_missing_ = normalise_source_path(name, die_string(unit, DW_AT_comp_dir, ""));
    return unit;
  }

  // The row tells the line of the innermost frame, each inlined call that of the frame around it.
  static DwarfFrames expand(const DwarfLookup& lookup, const std::optional<DwarfLineRow>& row,
                            std::optional<DwarfLineTable>& lines, std::optional<DwarfLineTable>& call_files) {
    DwarfFrames result;
    if (!row && lookup.scopes.empty()) return result;
    std::string filename = row ? lines->file_name(row->file) : std::string();
    uint32_t line = row ? row->line : 0;
    for (size_t i = lookup.scopes.size(); i-- > 0;) {
      const DwarfScope& scope = lookup.scopes[i];
      result.frames.push_back({scope.function->text, filename, line, i > 0, {}, 0});
      filename = call_files ? call_files->file_name(scope.call_file) : std::string();
      line = scope.call_line;
    }
    if (lookup.scopes.empty()) result.frames.push_back({{}, filename, line, false, {}, 0});
    result.has_complete_function = !lookup.scopes.empty() && lookup.scopes.front().function->complete;
    return result;
  }

  ElfFile& file_;
  ElfFile* shared_file_;
  DwarfResolution& result_;
  std::vector<DwarfLookup> lookups_;
  DwarfHandle shared_;  // before dwarf_, which refers to it
  DwarfHandle dwarf_;
  DwarfLineSections sections_;
  std::optional<DwarfPackage> package_;
  DwarfFunctionNames names_;
  size_t split_missing_ = 0;
  std::string first_split_missing_;
};

}  // namespace

DwarfResolution resolve_by_dwarf(ElfFile& file, ElfFile* shared, ElfFile* package, std::span<const AddressRange> code,
                                 std::span<const uint64_t> vaddrs, const std::function<void(size_t done)>& progress) {
  DwarfResolution result;
  Resolver(file, shared, package, vaddrs, result).run(code, progress);
  return result;
}

}  // namespace heapreel
