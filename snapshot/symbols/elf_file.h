// An ELF file opened for reading: identity, layout and links to its debug information.
//
// The file is hostile input: libelf checks every section against the file's size, and what it finds damaged is missing
// here. The file is mapped, unless it is in memory; nobody may truncate it while it is open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct Elf;

namespace heapreel {

using BuildId = std::vector<uint8_t>;

std::string to_hex(const BuildId& id);

// .gnu_debuglink: the base name of the separate debug file and the CRC-32 of its content.
struct DebugLink {
  std::string name;
  uint32_t crc;
};

// .gnu_debugaltlink: the file that dwz moved to what several debug files share.
struct SharedDebugLink {
  std::string path;  // absolute, or relative to the folder of the file that names it
  BuildId build_id;
};

// Virtual addresses [start, end).
struct AddressRange {
  uint64_t start;
  uint64_t end;
};

// The content of the section with this name; ".debug_line" also finds ".zdebug_line", the older form of a compressed
// one. Empty when there is none. A compressed section comes as it is in the file, unless libdw has decompressed it
// already.
std::span<const uint8_t> section_bytes(Elf* elf, std::string_view name);

class ElfFile {
 public:
  // Null when the file cannot be read or is no ELF executable or library; `error` then says why.
  static std::unique_ptr<ElfFile> open(const std::string& path, std::string& error);
  // The same for the file of a SharedDebugLink, which is neither an executable nor a library.
  static std::unique_ptr<ElfFile> open_shared(const std::string& path, std::string& error);
  // A file that `path` contains, such as a compressed symbol table: its own path is the one it came from.
  static std::unique_ptr<ElfFile> open_in_memory(const std::string& path, std::vector<uint8_t> bytes,
                                                 std::string& error);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  const std::string& path() const { return path_; }
  const BuildId& build_id() const { return build_id_; }
  const std::optional<DebugLink>& debug_link() const { return debug_link_; }
  const std::optional<SharedDebugLink>& shared_debug_link() const { return shared_debug_link_; }
  // The segments that hold code, as the program headers tell; a separate debug file has them too.
  const std::vector<AddressRange>& code() const { return code_; }
  bool has_dwarf() const { return has_dwarf_; }
  bool has_symbol_table() const { return has_symbol_table_; }
  // What is wrong with a file that could be opened nevertheless; empty when nothing was found.
  const std::string& damage() const { return damage_; }

  // Decompresses the debug sections that zstd compressed, when libelf cannot. Returns the name of a section that is
  // damaged, or an empty string.
  std::string decompress_zstd();

  // The bytes of the file, mapped; empty when they cannot be.
  std::span<const uint8_t> content() const;

  // libelf's handle, owned by this object.
  Elf* handle() const { return elf_; }

 private:
  ElfFile(std::string path, int fd, Elf* elf) : path_(std::move(path)), fd_(fd), elf_(elf) {}
  static std::unique_ptr<ElfFile> open_any(const std::string& path, bool shared, std::string& error);
  bool read_layout(bool shared, std::string& error);
  void read_sections(uint64_t file_size);

  std::string path_;
  std::vector<uint8_t> bytes_;  // of a file in memory
  int fd_;                      // -1 for a file in memory
  Elf* elf_;
  BuildId build_id_;
  std::optional<DebugLink> debug_link_;
  std::optional<SharedDebugLink> shared_debug_link_;
  std::vector<std::unique_ptr<uint8_t[]>> decompressed_;
  std::vector<AddressRange> code_;
  bool has_dwarf_ = false;
  bool has_symbol_table_ = false;
  std::string damage_;
};

}  // namespace heapreel
