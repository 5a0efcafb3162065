// Damaged unwind tables: every read stays inside the bytes that are there. Built with AddressSanitizer; the
// tables lie in blocks of their exact size.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "engine/unwind/cfi_program.h"
#include "engine/unwind/unwind_rule.h"
#include "engine/unwind/unwind_step.h"
#include "mapped_elf.h"

namespace heapreel::engine {
namespace {

constexpr const char* kModule = "/lib/x86_64-linux-gnu/libgcc_s.so.1";

// A copy of the segment that holds a module's unwind tables.
class TableCopy {
 public:
  explicit TableCopy(const CfiTables& tables, size_t cut = 0)
      : size_(static_cast<size_t>(tables.frames.end - tables.frames.begin) - cut),
        bytes_(std::make_unique<uint8_t[]>(size_)),
        moved_(bytes_.get() - tables.frames.begin) {
    std::memcpy(bytes_.get(), tables.frames.begin, size_);
    tables_.frames = {bytes_.get(), bytes_.get() + size_};
    tables_.frames_begin = tables.frames_begin + moved_;
    tables_.index = {tables.index.begin + moved_, tables_.frames.end};
  }

  const CfiTables& tables() const { return tables_; }
  uint8_t* bytes() { return bytes_.get(); }
  size_t size() const { return size_; }
  ptrdiff_t moved() const { return moved_; }
  size_t offset_of_index() const { return static_cast<size_t>(tables_.index.begin - bytes_.get()); }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> bytes_;
  ptrdiff_t moved_;
  CfiTables tables_;
};

class CfiHostile : public testing::Test {
 protected:
  CfiHostile() : elf_(kModule), machine_(std::make_unique<CfiMachine>()), stack_(64) {}

  void SetUp() override {
    if (!elf_.ok()) GTEST_SKIP() << kModule << " is not on this machine";
    for_each_cfi_entry(elf_.image().tables(), [this](const CfiEntry& entry) {
      addresses_.push_back(entry.begin);
      addresses_.push_back(entry.begin + (entry.end - entry.begin) / 2);
      addresses_.push_back(entry.end - 1);
    });
  }

  // Everything a walk would do with the tables. Counts the rows found, so that a test can tell whether it
  // tested.
  void exercise(const TableCopy& copy, uintptr_t address) {
    CfiEntry entry;
    if (find_cfi_entry(copy.tables(), address + static_cast<uintptr_t>(copy.moved()), entry) != CfiSearch::kFound)
      return;
    ++entries_;
    if (!machine_->run(entry, address + static_cast<uintptr_t>(copy.moved()))) return;
    ++rows_;
    compile_rule(machine_->row(), entry);
    UnwindRegisters registers;
    const auto low = reinterpret_cast<uintptr_t>(stack_.data());
    for (uint32_t number = 0; number < dwarf_register::kCount; ++number) registers.set(number, low + 8 * number);
    unwind_step(machine_->row(), entry, {low, low + stack_.size() * 8}, registers);
  }

  MappedElf elf_;
  std::unique_ptr<CfiMachine> machine_;
  std::vector<uintptr_t> stack_;
  std::vector<uintptr_t> addresses_;
  size_t entries_ = 0;
  size_t rows_ = 0;
};

TEST_F(CfiHostile, reads_an_unharmed_copy_completely) {
  const TableCopy copy(elf_.image().tables());
  for (const uintptr_t address : addresses_) exercise(copy, address);
  EXPECT_EQ(rows_, addresses_.size());
}

TEST_F(CfiHostile, stays_inside_tables_with_changed_bytes) {
  std::mt19937_64 random(20240229);
  for (int round = 0; round < 300; ++round) {
    TableCopy copy(elf_.image().tables());
    const size_t first =
        std::min(copy.offset_of_index(), static_cast<size_t>(copy.tables().frames_begin - copy.bytes()));
    const int changes = 1 << (round % 12);
    for (int change = 0; change < changes; ++change) {
      copy.bytes()[first + random() % (copy.size() - first)] = static_cast<uint8_t>(random());
    }
    for (const uintptr_t address : addresses_) exercise(copy, address);
  }
  EXPECT_GT(rows_, 0u);
  EXPECT_LT(rows_, 300 * addresses_.size());
}

TEST_F(CfiHostile, stays_inside_tables_with_a_changed_header) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    TableCopy copy(elf_.image().tables());
    for (int change = 0; change < 2; ++change) {
      copy.bytes()[copy.offset_of_index() + random() % 24] = static_cast<uint8_t>(random());
    }
    eh_frame_of_index(copy.tables().index);
    for (int i = 0; i < 4; ++i) exercise(copy, addresses_[random() % addresses_.size()]);
  }
}

TEST_F(CfiHostile, stays_inside_tables_that_end_early) {
  const CfiTables& tables = elf_.image().tables();
  const auto behind_header = static_cast<size_t>(tables.frames.end - tables.index.begin);
  std::mt19937_64 random(11);
  for (size_t cut = 0; cut < behind_header; cut += 1 + random() % 400) {
    const TableCopy copy(tables, cut);
    for (const uintptr_t address : addresses_) exercise(copy, address);
  }
  EXPECT_GT(rows_, addresses_.size()) << "tables cut near their end still hold most entries";
}

TEST_F(CfiHostile, finds_entries_without_a_search_table) {
  TableCopy copy(elf_.image().tables());
  copy.bytes()[copy.offset_of_index() + 3] = pointer_encoding::kOmitted;
  for (const uintptr_t address : addresses_) exercise(copy, address);
  EXPECT_EQ(rows_, addresses_.size());
}

// A single entry whose program, or whose expression, is any string of bytes.
TEST_F(CfiHostile, survives_any_program) {
  std::mt19937_64 random(42);
  for (int round = 0; round < 200000; ++round) {
    const size_t size = random() % 40;
    const auto program = std::make_unique<uint8_t[]>(size);
    for (size_t i = 0; i < size; ++i) program[i] = static_cast<uint8_t>(random() % 4 == 0 ? random() : random() % 48);
    CfiEntry entry;
    entry.begin = 1000;
    entry.end = 2000;
    entry.program = {program.get(), program.get() + size};
    entry.data_alignment = -8;
    entry.return_address_register = dwarf_register::kReturnAddress;
    if (!machine_->run(entry, 1500)) continue;
    ++rows_;
    compile_rule(machine_->row(), entry);
    UnwindRegisters registers;
    const auto low = reinterpret_cast<uintptr_t>(stack_.data());
    for (uint32_t number = 0; number < dwarf_register::kCount; ++number) registers.set(number, low + 8 * number);
    unwind_step(machine_->row(), entry, {low, low + stack_.size() * 8}, registers);
  }
  EXPECT_GT(rows_, 1000u);
}

}  // namespace
}  // namespace heapreel::engine
