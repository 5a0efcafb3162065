#include "tools/command/run/own_allocator.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

// A program that defines one of these defines what its own calls of it do.
constexpr std::string_view kMallocFamily[] = {"malloc",         "calloc",        "realloc",  "free",
                                              "posix_memalign", "aligned_alloc", "memalign", "valloc"};
constexpr std::string_view kNew[] = {"_Znwm", "_Znam"};
// Allocators that are linked into programs under names of their own.
constexpr std::string_view kKnownAllocators[] = {"mi_malloc",     "je_malloc", "jemalloc",         "_rjem_malloc",
                                                 "tc_malloc",     "rpmalloc",  "_rjem_mp_mallocx", "sn_malloc",
                                                 "__wrap_malloc", "nedmalloc", "dlmalloc"};
// Texts in allocators that are linked into programs, whose symbols may be hidden or stripped.
struct KnownText {
  std::string_view text;
  std::string_view allocator;
};
constexpr KnownText kKnownTexts[] = {{"<jemalloc>: ", "jemalloc's functions"},
                                     {"mimalloc: error: ", "mimalloc's functions"},
                                     {"tcmalloc: large alloc", "tcmalloc's functions"}};
// A function of the program that calls one of these gets its memory from the next allocator, or looks up its address.
constexpr std::string_view kNextAllocator[] = {"malloc",        "calloc",   "realloc", "posix_memalign",
                                               "aligned_alloc", "memalign", "valloc",  "_Znwm",
                                               "_Znam",         "dlsym",    "dlvsym"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class File {
 public:
  explicit File(int fd) {
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
      void* const place = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
      if (place != MAP_FAILED) bytes_ = {static_cast<const uint8_t*>(place), static_cast<size_t>(status.st_size)};
    }
  }
  ~File() {
    if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Bytes of the file; empty when it has no such bytes.
  std::span<const uint8_t> at(uint64_t offset, uint64_t bytes) const {
    if (offset > bytes_.size() || bytes > bytes_.size() - offset) return {};
    return bytes_.subspan(offset, bytes);
  }
  template <class T>
  bool read(uint64_t offset, T& item) const {
    const auto bytes = at(offset, sizeof item);
    if (bytes.empty()) return false;
    std::memcpy(&item, bytes.data(), sizeof item);
    return true;
  }
  // A text up to its end, or `most` bytes of it.
  std::string_view text(const Elf64_Shdr& strings, uint64_t offset) const {
    const auto all = at(strings.sh_offset, strings.sh_size);
    if (offset >= all.size()) return {};
    const auto* const begin = reinterpret_cast<const char*>(all.data()) + offset;
    return {begin, strnlen(begin, all.size() - offset)};
  }

 private:
  std::span<const uint8_t> bytes_;
};

struct Function {
  uint64_t address;
  uint64_t bytes;
};

// The symbols of the program that matter.
class Program {
 public:
  explicit Program(const File& file) : file_(file) {
    Elf64_Ehdr header;
    if (!file.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr)) return;
    for (unsigned index = 0; index < header.e_phnum; ++index) {
      Elf64_Phdr segment;
      if (file.read(header.e_phoff + index * sizeof segment, segment) && segment.p_type == PT_LOAD)
        segments_.push_back(segment);
    }
    for (unsigned index = 0; index < header.e_shnum; ++index) {
      Elf64_Shdr section;
      if (!file.read(header.e_shoff + index * sizeof section, section)) return;
      sections_.push_back(section);
    }
    for (const Elf64_Shdr& section : sections_) {
      if (section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB) read_symbols(section);
      if (section.sh_type == SHT_RELA) read_slots(section);
    }
  }

  const std::unordered_map<std::string_view, Function>& own() const { return own_; }
  bool imports_lookup() const { return imports_lookup_; }
  // Whether it was linked to the static library, whose hooks are then the tracer's: see hooks/process/shared_tracer.cc.
  bool is_linked_to_heapreel() const {
    return std::ranges::any_of(sections_, [&](const Elf64_Shdr& section) {
      constexpr std::string_view kName("heapreel", 9);
      const auto bytes = file_.at(section.sh_offset, section.sh_size);
      return section.sh_type == SHT_NOTE && !bytes.empty() &&
             memmem(bytes.data(), bytes.size(), kName.data(), kName.size()) != nullptr;
    });
  }
  bool has_text(std::string_view text) const {
    return std::ranges::any_of(sections_, [&](const Elf64_Shdr& section) {
      constexpr uint64_t kOthers = SHF_WRITE | SHF_EXECINSTR;
      if (section.sh_type != SHT_PROGBITS || (section.sh_flags & SHF_ALLOC) == 0 || (section.sh_flags & kOthers) != 0)
        return false;
      const auto bytes = file_.at(section.sh_offset, section.sh_size);
      return !bytes.empty() && memmem(bytes.data(), bytes.size(), text.data(), text.size()) != nullptr;
    });
  }

  // Whether calls lead from the function to the next allocator, over at most `depth` functions. `is_indirect`: some
  // lead to a place that the program chooses when it runs.
  bool leads_on(const Function& function, int depth, bool& is_indirect) {
    visited_.clear();
    if (sizes_.empty()) read_sizes();
    return leads_on_from(function, depth, is_indirect);
  }

 private:
  static constexpr size_t kMostVisited = 200;

  bool leads_on_from(const Function& function, int depth, bool& is_indirect) {
    if (depth == 0 || visited_.size() > kMostVisited || !visited_.insert(function.address).second) return false;
    constexpr uint64_t kMostBytes = 4096;
    constexpr uint64_t kUnknownBytes = 256;
    constexpr uint64_t kLongestCall = 6;
    const uint64_t bytes = function.bytes == 0 ? kUnknownBytes : std::min(function.bytes, kMostBytes);
    const std::span<const uint8_t> code = code_at(function.address, bytes + kLongestCall);
    // The code is not decoded. Bytes that look like a call and are none hardly ever lead to anything that is looked
    // for.
    for (size_t at = 0; at < bytes && at + kLongestCall <= code.size(); ++at) {
      const uint64_t after_short = function.address + at + 5;
      const uint64_t after_long = after_short + 1;
      if (code[at] == 0xe8 || code[at] == 0xe9) {
        if (leads_on_at(after_short + displacement(code, at + 1), is_indirect, depth)) return true;
      } else if (code[at] == 0x0f && (code[at + 1] & 0xf0) == 0x80) {
        if (leads_on_at(after_long + displacement(code, at + 2), is_indirect, depth)) return true;
      } else if (code[at] == 0xff && (code[at + 1] == 0x15 || code[at + 1] == 0x25)) {
        const auto slot = slots_.find(after_long + displacement(code, at + 2));
        if (slot == slots_.end()) {
          is_indirect = true;
        } else if (leads_on_by_name(slot->second, depth, is_indirect)) {
          return true;
        }
      } else if (code[at] == 0xff && ((code[at + 1] & 0xf8) == 0xd0 || (code[at + 1] & 0xf8) == 0xe0)) {
        is_indirect = true;
      }
    }
    return false;
  }

  static uint64_t displacement(std::span<const uint8_t> code, size_t at) {
    int32_t value;
    std::memcpy(&value, code.data() + at, sizeof value);
    return static_cast<uint64_t>(int64_t{value});
  }

  void read_symbols(const Elf64_Shdr& table) {
    if (table.sh_link >= sections_.size()) return;
    const Elf64_Shdr& strings = sections_[table.sh_link];
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      if (!file_.read(table.sh_offset + at, symbol)) return;
      const int type = ELF64_ST_TYPE(symbol.st_info);
      if (type != STT_FUNC && type != STT_GNU_IFUNC && symbol.st_shndx != SHN_UNDEF) continue;
      const std::string_view name = file_.text(strings, symbol.st_name);
      if (symbol.st_shndx == SHN_UNDEF) {
        imports_lookup_ |= name == "dlsym" || name == "dlvsym";
        continue;
      }
      // A program may use an internal name of the C library for a function that has nothing to do with it, but not
      // "malloc".
      const bool counts = table.sh_type == SHT_DYNSYM ? contains(kMallocFamily, name) || contains(kNew, name) ||
                                                            contains(kKnownAllocators, name)
                                                      : name == "malloc" || contains(kKnownAllocators, name);
      if (counts) own_.emplace(name, Function{symbol.st_value, symbol.st_size});
    }
  }

  // Reads where the loader puts the addresses of the functions that the program calls.
  void read_slots(const Elf64_Shdr& table) {
    if (table.sh_link >= sections_.size() || sections_[table.sh_link].sh_type != SHT_DYNSYM) return;
    const Elf64_Shdr& symbols = sections_[table.sh_link];
    if (symbols.sh_link >= sections_.size()) return;
    for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.sh_size; at += sizeof(Elf64_Rela)) {
      Elf64_Rela entry;
      Elf64_Sym symbol;
      if (!file_.read(table.sh_offset + at, entry)) return;
      const uint64_t index = ELF64_R_SYM(entry.r_info);
      if (index == 0 || index >= symbols.sh_size / sizeof symbol) continue;
      if (!file_.read(symbols.sh_offset + index * sizeof symbol, symbol)) continue;
      slots_.emplace(entry.r_offset, file_.text(sections_[symbols.sh_link], symbol.st_name));
    }
  }

  std::span<const uint8_t> code_at(uint64_t address, uint64_t bytes) const {
    for (const Elf64_Phdr& segment : segments_) {
      if ((segment.p_flags & PF_X) == 0 || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
        continue;
      const uint64_t offset = address - segment.p_vaddr;
      return file_.at(segment.p_offset + offset, std::min(bytes, segment.p_filesz - offset));
    }
    return {};
  }

  // A name that the program defines itself is bound to that definition.
  bool leads_on_by_name(std::string_view name, int depth, bool& is_indirect) {
    const auto own = own_.find(name);
    if (own != own_.end()) return leads_on_from(own->second, depth - 1, is_indirect);
    return contains(kNextAllocator, name);
  }

  // The address is that of a linkage stub, or of another function.
  bool leads_on_at(uint64_t address, bool& is_indirect, int depth) {
    constexpr size_t kStubBytes = 24;
    const std::span<const uint8_t> code = code_at(address, kStubBytes);
    size_t at = 0;
    const auto pass = [&code, &at](std::initializer_list<uint8_t> begin, size_t bytes) {
      if (code.size() >= at + bytes &&
          std::equal(begin.begin(), begin.end(), code.begin() + static_cast<ptrdiff_t>(at)))
        at += bytes;
    };
    pass({0xf3, 0x0f, 0x1e, 0xfa}, 4);  // endbr64
    pass({0x41, 0xbb}, 6);              // the number of the function, for the loader
    pass({0xf2}, 1);                    // bnd
    if (code.size() >= at + 6 && code[at] == 0xff && code[at + 1] == 0x25) {
      const auto slot = slots_.find(address + at + 6 + displacement(code, at + 2));
      if (slot != slots_.end()) return leads_on_by_name(slot->second, depth, is_indirect);
    }
    const auto size = sizes_.find(address);
    return leads_on_from({address, size == sizes_.end() ? 0 : size->second}, depth - 1, is_indirect);
  }

  void read_sizes() {
    for (const Elf64_Shdr& table : sections_) {
      if (table.sh_type != SHT_SYMTAB) continue;
      Elf64_Sym symbol;
      for (uint64_t at = 0; at < table.sh_size && file_.read(table.sh_offset + at, symbol); at += sizeof symbol) {
        if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_size != 0)
          sizes_.emplace(symbol.st_value, symbol.st_size);
      }
    }
  }

  const File& file_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
  std::unordered_map<std::string_view, Function> own_;
  std::unordered_map<uint64_t, std::string_view> slots_;
  std::unordered_map<uint64_t, uint64_t> sizes_;  // of functions, by their addresses
  std::set<uint64_t> visited_;
  bool imports_lookup_ = false;
};

void add(OwnAllocator& found, OwnAllocator::Kind kind, std::string_view function) {
  if (!found.functions.empty()) found.functions += ", ";
  found.functions += function;
  if (found.kind != OwnAllocator::kUnseen) found.kind = kind;
}

// For a program that defines malloc or its relatives.
OwnAllocator::Kind kind_of_family(Program& program, const Function& function) {
  // To hand calls on, it has to look the next allocator up.
  if (!program.imports_lookup()) return OwnAllocator::kUnseen;
#if defined(__x86_64__)
  // It also has to call what it found. The inside of an allocator is full of such calls.
  constexpr int kMostCallsOfWrapper = 2;
  bool is_indirect = false;
  if (!program.leads_on(function, kMostCallsOfWrapper, is_indirect) && !is_indirect) return OwnAllocator::kUnseen;
#endif
  return OwnAllocator::kMayHandOn;
}

OwnAllocator own_allocator_in(const File& file) {
  constexpr int kMostCalls = 4;
  Program program(file);
  OwnAllocator found;
  if (program.is_linked_to_heapreel()) return found;
  for (const std::string_view name : kMallocFamily) {
    const auto own = program.own().find(name);
    if (own != program.own().end()) add(found, kind_of_family(program, own->second), name);
  }
  for (const std::string_view name : kKnownAllocators) {
    if (program.own().contains(name)) add(found, OwnAllocator::kUnseen, name);
  }
  for (const KnownText& known : kKnownTexts) {
    if (program.has_text(known.text)) add(found, OwnAllocator::kUnseen, known.allocator);
  }
#if defined(__x86_64__)
  if (found.kind != OwnAllocator::kNone) return found;
  for (const std::string_view name : kNew) {
    const auto own = program.own().find(name);
    bool is_indirect = false;
    if (own == program.own().end() || program.leads_on(own->second, kMostCalls, is_indirect)) continue;
    add(found, is_indirect ? OwnAllocator::kMayHandOn : OwnAllocator::kUnseen,
        name == "_Znwm" ? "operator new" : "operator new[]");
  }
#endif
  return found;
}

}  // namespace

int open_program(pid_t process, const std::string& started) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = open(format("/proc/{}/exe", process).c_str(), kFlags);
  return fd >= 0 ? fd : open(started.c_str(), kFlags);
}

OwnAllocator own_allocator_of(int fd) noexcept {
  try {
    return own_allocator_in(File(fd));
  } catch (const std::exception&) {
    return {};  // without memory nothing is found: the answer is only a help
  }
}

}  // namespace heapreel::tools
