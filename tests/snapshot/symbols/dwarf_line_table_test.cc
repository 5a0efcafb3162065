#include "snapshot/symbols/dwarf_line_table.h"

#include <gtest/gtest.h>

#include <string>

namespace heapreel {
namespace {

using std::string_literals::operator""s;

std::string number(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; i++) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

// A table of version 4 with the files /src/one.cc (1) and /src/sub/two.h (2), whose special opcode 13 + 2n advances by
// n bytes, and 14 + 2n by a line more.
std::string table(const std::string& program, uint16_t version = 4) {
  std::string header = "\1\1\1\0\2\15"s;       // bytes an instruction, operations, statement, line base, range, opcodes
  header += "\0\1\1\1\1\0\0\0\1\0\0\1"s;       // operands of the standard opcodes
  header += "sub\0\0"s;                        // directories
  header += "one.cc\0\0\0\0two.h\0\1\0\0\0"s;  // files
  const std::string body = number(version, 2) + number(header.size(), 4) + header + program;
  return number(body.size(), 4) + body;
}

std::string set_address(uint64_t address) {
  return "\0\11\2"s + number(address, 8);
}
const std::string kCopy = "\1", kEndSequence = "\0\1\1"s, kSecondFile = "\4\2";
std::string advance(uint8_t bytes) {
  return "\2"s + static_cast<char>(bytes);
}
std::string advance_line(uint8_t lines) {
  return "\3"s + static_cast<char>(lines);
}

// "file:line" of each address, "" where no row covers it.
std::vector<std::string> places(const std::string& bytes, const std::vector<uint64_t>& vaddrs) {
  const DwarfLineSections sections{{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, {}, {}};
  std::optional<DwarfLineTable> lines = DwarfLineTable::read(sections, 0, "/src");
  if (!lines) return {"unreadable"};
  std::vector<std::optional<DwarfLineRow>> rows(vaddrs.size());
  std::vector<std::string> result;
  if (!lines->find_rows(vaddrs, rows)) result.push_back("damaged");
  for (const auto& row : rows) {
    result.push_back(row ? lines->file_name(row->file) + ":" + std::to_string(row->line) : "");
  }
  return result;
}

using Places = std::vector<std::string>;

TEST(DwarfLineTable, ARowReachesToTheNextOneAndTheLastToTheEndOfItsSequence) {
  const std::string bytes = table(set_address(0x1000) + advance_line(9) + kCopy + advance(4) + kSecondFile +
                                  advance_line(20) + kCopy + advance(4) + kEndSequence);
  EXPECT_EQ(places(bytes, {0xfff, 0x1000, 0x1003, 0x1004, 0x1007, 0x1008}),
            (Places{"", "/src/one.cc:10", "/src/one.cc:10", "/src/sub/two.h:30", "/src/sub/two.h:30", ""}));
}

TEST(DwarfLineTable, SequencesComeInAnyOrder) {
  const std::string bytes = table(set_address(0x2000) + kCopy + advance(4) + kEndSequence + set_address(0x1000) +
                                  advance_line(5) + kCopy + advance(4) + kEndSequence);
  EXPECT_EQ(places(bytes, {0x1001, 0x2001}), (Places{"/src/one.cc:6", "/src/one.cc:1"}));
}

TEST(DwarfLineTable, OfSeveralRowsAtOneAddressTheLastCounts) {
  const std::string bytes = table(set_address(0x1000) + kCopy + advance_line(7) + kCopy + advance(4) + kEndSequence);
  EXPECT_EQ(places(bytes, {0x1000}), Places{"/src/one.cc:8"});
}

TEST(DwarfLineTable, SpecialOpcodesAdvanceAddressAndLine) {
  const std::string bytes =
      table(set_address(0x1000) + kCopy + "\30\30"s + advance(1) + kEndSequence);  // 24: 5 bytes, 1 line
  EXPECT_EQ(places(bytes, {0x1004, 0x1005, 0x100a}), (Places{"/src/one.cc:1", "/src/one.cc:2", "/src/one.cc:3"}));
}

TEST(DwarfLineTable, ADiscardedFunctionAtZeroCoversNothing) {
  const std::string bytes = table(set_address(0) + kCopy + advance(100) + kCopy + advance(100) + kEndSequence);
  EXPECT_EQ(places(bytes, {0, 50, 150}), (Places{"", "", ""}));
}

TEST(DwarfLineTable, UnknownOpcodesAreSteppedOver) {
  const std::string bytes =
      table(set_address(0x1000) + "\5\7\6\7\12\13\14\1\0\2\7\7"s + kCopy + advance(1) + kEndSequence);
  EXPECT_EQ(places(bytes, {0x1000}), Places{"/src/one.cc:1"});
}

TEST(DwarfLineTable, ATruncatedProgramIsReportedAndKeepsWhatCameBefore) {
  std::string bytes = table(set_address(0x1000) + kCopy + advance(4) + kCopy + "\2\200"s);
  EXPECT_EQ(places(bytes, {0x1001}), (Places{"damaged", "/src/one.cc:1"}));
}

TEST(DwarfLineTable, OtherVersionsAndTruncatedHeadersAreRefused) {
  EXPECT_EQ(places(table("", 6), {0}), Places{"unreadable"});
  EXPECT_EQ(places(table("", 1), {0}), Places{"unreadable"});
  const std::string bytes = table("");
  for (size_t size = 0; size < bytes.size(); size++) {
    EXPECT_EQ(places(bytes.substr(0, size), {0}), Places{"unreadable"}) << size;
  }
}

TEST(DwarfLineTable, AFileThatIsNotThereHasNoName) {
  const std::string bytes = table(set_address(0x1000) + "\4\11"s + kCopy + advance(4) + kEndSequence);
  EXPECT_EQ(places(bytes, {0x1000}), Places{":1"});
}

// A table of version 5 with so many directories, and one file, one.cc, in the first; of a unit without a folder of its
// own.
std::string version_5_file(uint8_t directories) {
  std::string header = "\1\1\1\0\2\15"s;
  header += "\0\1\1\1\1\0\0\0\1\0\0\1"s;
  header += "\1\1\10"s + static_cast<char>(directories);  // a directory is a path, as a string
  for (uint8_t i = 0; i < directories; i++) header += "/src\0"s;
  header += "\2\1\10\2\13\1one.cc\0\0"s;  // a file is a path, and the number of a directory
  const std::string program = set_address(0x1000) + "\4\0"s + kCopy + advance(4) + kEndSequence;
  const std::string body = number(5, 2) + "\10\0"s + number(header.size(), 4) + header + program;
  const std::string bytes = number(body.size(), 4) + body;
  const DwarfLineSections sections{{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, {}, {}};
  std::optional<DwarfLineTable> lines = DwarfLineTable::read(sections, 0, "");
  return lines ? lines->file_name(0) : "unreadable";
}

TEST(DwarfLineTable, WithoutAnyDirectoryAFileKeepsItsOwnName) {
  EXPECT_EQ(version_5_file(1), "/src/one.cc");
  EXPECT_EQ(version_5_file(0), "one.cc");
}

}  // namespace
}  // namespace heapreel
