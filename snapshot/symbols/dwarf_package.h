// A DWARF package (.dwp): the split units of a whole program in one file. libdw reads packages only from elfutils 0.191
// on. Here the parts of a unit are found by the package's index and given to libdw as a file of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/elf_sections.h"
#include "snapshot/symbols/split_ranges.h"

namespace heapreel {

// One split unit, outside its package. The package must outlive it.
class PackagedUnit {
 public:
  PackagedUnit(std::unique_ptr<ElfSections> elf, Dwarf* dwarf, Dwarf_Die tree, SplitRanges ranges, SectionBytes lines,
               SectionBytes strings)
      : elf_(std::move(elf)), dwarf_(dwarf), tree_(tree), ranges_(ranges), lines_(lines), strings_(strings) {}
  ~PackagedUnit() { dwarf_end(dwarf_); }
  PackagedUnit(const PackagedUnit&) = delete;
  PackagedUnit& operator=(const PackagedUnit&) = delete;

  const Dwarf_Die& tree() const { return tree_; }
  const SplitRanges& ranges() const { return ranges_; }
  SectionBytes lines() const { return lines_; }  // a table of files only; may be empty
  SectionBytes strings() const { return strings_; }

 private:
  std::unique_ptr<ElfSections> elf_;
  Dwarf* dwarf_;
  Dwarf_Die tree_;
  SplitRanges ranges_;
  SectionBytes lines_;
  SectionBytes strings_;
};

class DwarfPackage {
 public:
  // Reads the index. `file` must outlive this object; false from ok() when it is damaged or of an unknown version.
  explicit DwarfPackage(ElfFile& file);
  bool ok() const { return ok_; }

  // The unit that `skeleton` of `program` stands for; null when it is not in the package or damaged.
  std::unique_ptr<PackagedUnit> unit(Dwarf_Die skeleton, uint64_t id, Elf* program) const;

 private:
  enum Section : uint32_t { kInfo = 1, kAbbrev = 3, kLine = 4, kStrOffsets = 6, kRanges = 8 };
  struct Piece {
    uint32_t offset;
    uint32_t size;
  };

  SectionBytes part(size_t row, Section section, SectionBytes whole) const;

  Elf* elf_;
  bool ok_ = false;
  uint32_t version_ = 0;
  std::vector<uint32_t> sections_;                  // what each column is
  std::vector<Piece> pieces_;                       // a row of columns for each unit
  std::unordered_map<uint64_t, size_t> row_of_id_;  // from 0
};

}  // namespace heapreel
