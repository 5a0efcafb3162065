#include "snapshot/symbols/elf_file.h"

#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "snapshot/symbols/regular_file.h"
#include "snapshot/symbols/zstd_section.h"

namespace heapreel {
namespace {

// The GNU build-id among the notes in `data`, or empty.
BuildId find_build_id(Elf_Data* data) {
  GElf_Nhdr note;
  size_t name_at = 0, desc_at = 0;
  for (size_t at = 0; (at = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0;) {
    const auto* bytes = static_cast<const uint8_t*>(data->d_buf);
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
        std::memcmp(bytes + name_at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0) {
      return BuildId(bytes + desc_at, bytes + desc_at + note.n_descsz);
    }
  }
  return {};
}

// A name, its terminator, padding to four bytes, the CRC in the file's byte order.
std::optional<DebugLink> parse_debug_link(const Elf_Data& data, bool little_endian) {
  const auto* bytes = static_cast<const uint8_t*>(data.d_buf);
  if (bytes == nullptr || data.d_size < 8) return std::nullopt;
  const size_t name_length = strnlen(reinterpret_cast<const char*>(bytes), data.d_size);
  const size_t crc_at = (name_length + 1 + 3) & ~size_t{3};
  if (name_length == 0 || crc_at > data.d_size - 4) return std::nullopt;
  uint32_t crc = 0;
  for (size_t i = 0; i < 4; i++) crc |= uint32_t{bytes[crc_at + i]} << 8 * (little_endian ? i : 3 - i);
  std::string name(reinterpret_cast<const char*>(bytes), name_length);
  if (name.find('/') != std::string::npos) return std::nullopt;  // a base name by definition
  return DebugLink{std::move(name), crc};
}

// A path, its terminator, a build-id up to the end.
std::optional<SharedDebugLink> parse_shared_debug_link(const Elf_Data& data) {
  const auto* bytes = static_cast<const uint8_t*>(data.d_buf);
  if (bytes == nullptr) return std::nullopt;
  const size_t length = strnlen(reinterpret_cast<const char*>(bytes), data.d_size);
  if (length == 0 || length + 1 >= data.d_size) return std::nullopt;
  return SharedDebugLink{std::string(reinterpret_cast<const char*>(bytes), length),
                         BuildId(bytes + length + 1, bytes + data.d_size)};
}

}  // namespace

std::string to_hex(const BuildId& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (uint8_t byte : id) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::span<const uint8_t> section_bytes(Elf* elf, std::string_view name) {
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return {};
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr info;
    if (gelf_getshdr(section, &info) == nullptr || info.sh_type == SHT_NOBITS) continue;
    const char* raw_name = elf_strptr(elf, names, info.sh_name);
    std::string_view found = raw_name != nullptr ? raw_name : "";
    const bool same = found == name || (found.starts_with(".zdebug") && found.substr(2) == name.substr(1));
    const Elf_Data* data = same ? elf_getdata(section, nullptr) : nullptr;
    if (data != nullptr && data->d_buf != nullptr) return {static_cast<const uint8_t*>(data->d_buf), data->d_size};
  }
  return {};
}

std::unique_ptr<ElfFile> ElfFile::open(const std::string& path, std::string& error) {
  return open_any(path, false, error);
}

std::unique_ptr<ElfFile> ElfFile::open_shared(const std::string& path, std::string& error) {
  return open_any(path, true, error);
}

std::unique_ptr<ElfFile> ElfFile::open_any(const std::string& path, bool shared, std::string& error) {
  elf_version(EV_CURRENT);
  const int fd = open_regular_file(path, error);
  if (fd < 0) return nullptr;
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    error = std::strerror(errno);
    close(fd);
    return nullptr;
  }
  Elf* elf = elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, nullptr);
  if (elf == nullptr) {
    error = elf_errmsg(-1);
    close(fd);
    return nullptr;
  }
  std::unique_ptr<ElfFile> file(new ElfFile(path, fd, elf));
  if (!file->read_layout(shared, error)) return nullptr;
  file->read_sections(static_cast<uint64_t>(status.st_size));
  return file;
}

std::unique_ptr<ElfFile> ElfFile::open_in_memory(const std::string& path, std::vector<uint8_t> bytes,
                                                 std::string& error) {
  elf_version(EV_CURRENT);
  Elf* elf = elf_memory(reinterpret_cast<char*>(bytes.data()), bytes.size());
  if (elf == nullptr) {
    error = elf_errmsg(-1);
    return nullptr;
  }
  std::unique_ptr<ElfFile> file(new ElfFile(path, -1, elf));
  file->bytes_ = std::move(bytes);  // keeps its place
  if (!file->read_layout(false, error)) return nullptr;
  file->read_sections(file->bytes_.size());
  return file;
}

ElfFile::~ElfFile() {
  elf_end(elf_);
  if (fd_ >= 0) close(fd_);
}

std::span<const uint8_t> ElfFile::content() const {
  size_t size = 0;
  const char* const bytes = elf_rawfile(elf_, &size);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const uint8_t*>(bytes), size};
}

bool ElfFile::read_layout(bool shared, std::string& error) {
  GElf_Ehdr header;
  if (elf_kind(elf_) != ELF_K_ELF || gelf_getehdr(elf_, &header) == nullptr ||
      (header.e_type != ET_EXEC && header.e_type != ET_DYN && !(shared && header.e_type == ET_REL))) {
    error = "not an ELF executable or shared library";
    return false;
  }
  size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) {
    error = elf_errmsg(-1);
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) {
      error = elf_errmsg(-1);
      return false;
    }
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 &&
        segment.p_vaddr + segment.p_memsz > segment.p_vaddr) {
      code_.push_back({segment.p_vaddr, segment.p_vaddr + segment.p_memsz});
    }
    // Notes are looked for by segment first, because segments are still there when the section headers were stripped.
    if (segment.p_type == PT_NOTE && build_id_.empty()) {
      Elf_Data* notes = elf_getdata_rawchunk(elf_, static_cast<int64_t>(segment.p_offset), segment.p_filesz,
                                             segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
      if (notes != nullptr) build_id_ = find_build_id(notes);
    }
  }
  return true;
}

void ElfFile::read_sections(uint64_t file_size) {
  size_t names = 0;
  GElf_Ehdr header;
  if (gelf_getehdr(elf_, &header) == nullptr || header.e_shoff == 0) return;  // no sections: stripped to the bone
  // libelf shows a section table behind the end of the file as no sections at all.
  const uint64_t table_size = uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > file_size || table_size > file_size - header.e_shoff) {
    damage_ = "it ends before its section table does";
    return;
  }
  if (elf_getshdrstrndx(elf_, &names) != 0) {
    damage_ = std::string("its section table cannot be read: ") + elf_errmsg(-1);
    return;
  }
  const bool little_endian = header.e_ident[EI_DATA] == ELFDATA2LSB;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
    GElf_Shdr info;
    if (gelf_getshdr(section, &info) == nullptr || info.sh_type == SHT_NOBITS) continue;
    if (info.sh_offset > file_size || info.sh_size > file_size - info.sh_offset) {
      damage_ = "it ends before its sections do";
    }
    const char* raw_name = elf_strptr(elf_, names, info.sh_name);
    const std::string_view name = raw_name != nullptr ? raw_name : "";
    if (info.sh_type == SHT_SYMTAB) has_symbol_table_ = true;
    if (name == ".debug_info" || name == ".zdebug_info") has_dwarf_ = true;
    // In a separate debug file the offsets of the segments are meaningless, and the notes are found here.
    if (info.sh_type == SHT_NOTE && name == ".note.gnu.build-id") {
      Elf_Data* notes = elf_getdata(section, nullptr);
      const BuildId id = notes != nullptr ? find_build_id(notes) : BuildId{};
      if (!id.empty()) build_id_ = id;
    }
    if (name == ".gnu_debuglink") {
      if (const Elf_Data* data = elf_rawdata(section, nullptr)) debug_link_ = parse_debug_link(*data, little_endian);
    }
    if (name == ".gnu_debugaltlink") {
      if (const Elf_Data* data = elf_rawdata(section, nullptr)) shared_debug_link_ = parse_shared_debug_link(*data);
    }
  }
}

std::string ElfFile::decompress_zstd() {
  constexpr uint32_t kZstd = 2;  // ELFCOMPRESS_ZSTD, newer than this libelf
  size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) return {};
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
    GElf_Shdr info;
    GElf_Chdr compression;
    if (gelf_getshdr(section, &info) == nullptr || (info.sh_flags & SHF_COMPRESSED) == 0) continue;
    if (gelf_getchdr(section, &compression) == nullptr || compression.ch_type != kZstd) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    const size_t header_size = gelf_fsize(elf_, ELF_T_CHDR, 1, EV_CURRENT);
    if (data == nullptr || data->d_buf == nullptr || data->d_size < header_size) continue;
    const std::span packed(static_cast<const uint8_t*>(data->d_buf) + header_size, data->d_size - header_size);
    auto raw = decompress_zstd_section(packed, compression.ch_size);
    if (raw == nullptr) {
      const char* name = elf_strptr(elf_, names, info.sh_name);
      return name != nullptr ? name : "?";
    }
    data->d_buf = raw.get();
    data->d_size = compression.ch_size;
    data->d_type = ELF_T_BYTE;
    info.sh_flags &= ~uint64_t{SHF_COMPRESSED};
    info.sh_size = compression.ch_size;
    gelf_update_shdr(section, &info);
    decompressed_.push_back(std::move(raw));
  }
  return {};
}

}  // namespace heapreel
