#include "hooks/base/module_note.h"

#include <sys/auxv.h>

#include <cstdint>
#include <cstring>

namespace heapreel::hooks {
namespace {

struct Headers {
  const ElfW(Phdr) * first = nullptr;
  size_t count = 0;
};

Headers headers_of(const link_map& module) {
  if (module.l_addr == 0) {
    // The module may be a program at fixed addresses, whose headers the kernel tells. Nobody tells them of any other
    // module.
    if (&module != _r_debug.r_map) return {};
    return {reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR)), getauxval(AT_PHNUM)};
  }
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(module.l_addr);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  return {reinterpret_cast<const ElfW(Phdr)*>(module.l_addr + header->e_phoff), header->e_phnum};
}

// Every place where a note may begin is looked at, because linkers put notes with an alignment of 4 and of 8 bytes into
// one segment, and then nothing says where the next one begins.
const void* find_in(const std::byte* notes, size_t bytes, const char* name, unsigned type, size_t wanted) {
  constexpr size_t kUnit = 4;
  const size_t name_bytes = std::strlen(name) + 1;
  const size_t content = sizeof(ElfW(Nhdr)) + (name_bytes + kUnit - 1) / kUnit * kUnit;
  for (size_t at = 0; at + content + wanted <= bytes; at += kUnit) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes + at, sizeof note);
    const bool is_it = note.n_type == type && note.n_descsz == wanted && note.n_namesz == name_bytes &&
                       std::memcmp(notes + at + sizeof note, name, name_bytes) == 0;
    if (is_it) return notes + at + content;
  }
  return nullptr;
}

}  // namespace

const void* find_note(const link_map& module, const char* name, unsigned type, size_t bytes) noexcept {
  const Headers headers = headers_of(module);
  for (size_t i = 0; i < headers.count; ++i) {
    const ElfW(Phdr)& segment = headers.first[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* const notes = reinterpret_cast<const std::byte*>(module.l_addr + segment.p_vaddr);
    if (const void* found = find_in(notes, segment.p_memsz, name, type, bytes); found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace heapreel::hooks
