#include "hooks/process/program_kind.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/xattr.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace heapreel::hooks {
namespace {

constexpr int kMostInterpreters = 4;  // the kernel's own limit on scripts that run scripts
constexpr size_t kChunkBytes = 2048;
constexpr uint64_t kMostTableBytes = uint64_t{1} << 30;  // larger tables are damaged ones

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#endif

// The kernel is called directly, because libraries that stand before the C library's functions are for the program's
// files, not for these.

int open_at(int folder_fd, const char* path) {
  return static_cast<int>(syscall(SYS_openat, folder_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

size_t read_at(int fd, uint64_t offset, void* place, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const long got = syscall(SYS_pread64, fd, static_cast<char*>(place) + done, bytes - done, offset + done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

template <class T>
bool read_item(int fd, uint64_t offset, T& item) {
  return read_at(fd, offset, &item, sizeof item) == sizeof item;
}

// What the program of a sanitizer has among its dynamic symbols. `needed`: every instrumented program calls one of
// these, or its static run-time library defines it; a weak reference asks for a sanitizer without bringing it. The
// others are what static run-time libraries look for in the program.
struct Sign {
  const char* name;
  bool needed;
};
constexpr Sign kSigns[] = {{"__asan_init", true},
                           {"__tsan_init", true},
                           {"__msan_init", true},
                           {"__hwasan_init", true},
                           {"__lsan_init", true},
                           {"__sanitizer_malloc_hook", false},
                           {"__sanitizer_print_memory_profile", false}};
constexpr size_t kSignCount = sizeof kSigns / sizeof *kSigns;
constexpr size_t kLongestSign = 40;

// Finds the positions of the names in the string table; UINT64_MAX for a name that is not there. Most programs have
// none of them, so that nothing else is done for these.
bool find_signs(int fd, const Elf64_Shdr& strings, uint64_t (&places)[kSignCount]) {
  char chunk[kChunkBytes];
  bool found = false;
  for (uint64_t& place : places) place = UINT64_MAX;
  for (uint64_t at = 0; at < strings.sh_size; at += kChunkBytes - kLongestSign) {
    const uint64_t left = strings.sh_size - at;
    const size_t got = read_at(fd, strings.sh_offset + at, chunk, left < sizeof chunk ? left : sizeof chunk);
    if (got == 0) break;
    for (size_t i = 0; i + 2 < got; ++i) {
      if (chunk[i] != '_' || chunk[i + 1] != '_') continue;
      for (size_t sign = 0; sign < kSignCount; ++sign) {
        const size_t bytes = std::strlen(kSigns[sign].name) + 1;
        if (i + bytes > got || std::memcmp(chunk + i, kSigns[sign].name, bytes) != 0) continue;
        places[sign] = at + i;
        found = true;
      }
    }
    if (got < sizeof chunk) break;
  }
  return found;
}

bool has_sign(int fd, const Elf64_Shdr& symbols, const uint64_t (&places)[kSignCount]) {
  constexpr size_t kAtOnce = kChunkBytes / sizeof(Elf64_Sym);
  Elf64_Sym chunk[kAtOnce];
  for (uint64_t at = 0; at < symbols.sh_size; at += sizeof chunk) {
    const uint64_t left = symbols.sh_size - at;
    const size_t got = read_at(fd, symbols.sh_offset + at, chunk, left < sizeof chunk ? left : sizeof chunk);
    for (size_t i = 0; i < got / sizeof *chunk; ++i) {
      for (size_t sign = 0; sign < kSignCount; ++sign) {
        if (places[sign] != chunk[i].st_name) continue;
        const bool is_there = chunk[i].st_shndx != SHN_UNDEF || ELF64_ST_BIND(chunk[i].st_info) != STB_WEAK;
        if (is_there || !kSigns[sign].needed) return true;
      }
    }
    if (got < sizeof chunk) break;
  }
  return false;
}

bool is_sanitized(int fd, const Elf64_Ehdr& header) {
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return false;
  for (unsigned index = 0; index < header.e_shnum; ++index) {
    Elf64_Shdr symbols;
    if (!read_item(fd, header.e_shoff + index * sizeof symbols, symbols)) return false;
    if (symbols.sh_type != SHT_DYNSYM || symbols.sh_link >= header.e_shnum) continue;
    Elf64_Shdr strings;
    if (!read_item(fd, header.e_shoff + symbols.sh_link * sizeof strings, strings)) return false;
    if (strings.sh_size > kMostTableBytes || symbols.sh_size > kMostTableBytes) return false;
    uint64_t places[kSignCount];
    return find_signs(fd, strings, places) && has_sign(fd, symbols, places);
  }
  return false;
}

bool changes_rights(int fd, const struct stat& status) {
  const bool changes_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != syscall(SYS_geteuid);
  const bool changes_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != syscall(SYS_getegid);
  if (changes_user || changes_group) return true;
  return syscall(SYS_geteuid) != 0 && syscall(SYS_fgetxattr, fd, "security.capability", nullptr, 0) > 0;
}

// Whether the file is the loader itself, called as a program: then the program that it loads takes our library.
bool is_loader(int fd, const Elf64_Ehdr& header) {
  // The name of the GNU loader is in its dynamic string table, which has few other texts.
  for (unsigned index = 0; index < header.e_shnum; ++index) {
    Elf64_Shdr section;
    if (!read_item(fd, header.e_shoff + index * sizeof section, section)) return false;
    if (section.sh_type != SHT_STRTAB || (section.sh_flags & SHF_ALLOC) == 0) continue;
    char chunk[kChunkBytes];
    const size_t got =
        read_at(fd, section.sh_offset, chunk, section.sh_size < sizeof chunk ? section.sh_size : sizeof chunk);
    return memmem(chunk, got, "ld-linux", 8) != nullptr;
  }
  return false;
}

ProgramKind kind_of_elf(int fd) {
  Elf64_Ehdr header;
  if (!read_item(fd, 0, header)) return ProgramKind::kUnknown;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine) return ProgramKind::kOtherClass;
  char loader[kLoaderBytes];
  loader_of(fd, loader);
  if (*loader == '\0') return is_loader(fd, header) ? ProgramKind::kTraceable : ProgramKind::kStatic;
  if (std::strstr(loader, "ld-linux") == nullptr) return ProgramKind::kOtherLoader;
  return is_sanitized(fd, header) ? ProgramKind::kSanitized : ProgramKind::kTraceable;
}

ProgramKind kind_of(int fd, int depth) {
  struct stat status;
  if (syscall(SYS_fstat, fd, &status) != 0 || !S_ISREG(status.st_mode)) return ProgramKind::kUnknown;
  char head[256];
  const size_t got = read_at(fd, 0, head, sizeof head - 1);
  head[got] = '\0';
  if (got >= SELFMAG && std::memcmp(head, ELFMAG, SELFMAG) == 0) {
    return changes_rights(fd, status) ? ProgramKind::kOtherRights : kind_of_elf(fd);
  }
  if (got < 3 || head[0] != '#' || head[1] != '!' || depth == kMostInterpreters) return ProgramKind::kUnknown;
  char* const interpreter = head + 2 + std::strspn(head + 2, " \t");
  interpreter[std::strcspn(interpreter, " \t\n")] = '\0';
  const int next = open_at(AT_FDCWD, interpreter);
  if (next < 0) return ProgramKind::kUnknown;
  const ProgramKind kind = kind_of(next, depth + 1);
  syscall(SYS_close, next);
  return kind;
}

}  // namespace

void loader_of(int fd, char (&loader)[kLoaderBytes]) noexcept {
  *loader = '\0';
  Elf64_Ehdr header;
  if (!read_item(fd, 0, header) || header.e_phentsize != sizeof(Elf64_Phdr)) return;
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    Elf64_Phdr segment;
    if (!read_item(fd, header.e_phoff + index * sizeof segment, segment)) return;
    if (segment.p_type != PT_INTERP) continue;
    const size_t bytes = segment.p_filesz < kLoaderBytes ? segment.p_filesz : kLoaderBytes - 1;
    loader[read_at(fd, segment.p_offset, loader, bytes)] = '\0';
    return;
  }
}

ProgramKind program_kind_of(int fd) noexcept {
  return kind_of(fd, 0);
}

ProgramKind program_kind_at(int folder_fd, const char* path) noexcept {
  const int fd = open_at(folder_fd, path);
  // A program may be executable and not readable: it is left as it is.
  if (fd < 0) return ProgramKind::kUnknown;
  const ProgramKind kind = program_kind_of(fd);
  syscall(SYS_close, fd);
  return kind;
}

}  // namespace heapreel::hooks
