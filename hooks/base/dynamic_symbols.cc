#include "hooks/base/dynamic_symbols.h"

#include <sys/mman.h>

#include <cstring>

namespace heapreel::hooks {
namespace {

// The hash of DT_GNU_HASH.
uint32_t hash_of(const char* name) {
  uint32_t hash = 5381;
  for (; *name != '\0'; ++name) hash = hash * 33 + static_cast<unsigned char>(*name);
  return hash;
}

}  // namespace

DynamicSymbols::DynamicSymbols(const link_map& module) : base_(module.l_addr) {
  // The loader turns offsets into addresses, but not in read-only sections (the kernel's vdso).
  const auto place = [this](const ElfW(Dyn) & entry) {
    return entry.d_un.d_ptr < base_ ? entry.d_un.d_ptr + base_ : entry.d_un.d_ptr;
  };
  for (const ElfW(Dyn)* entry = module.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SYMTAB) symbols_ = reinterpret_cast<ElfW(Sym)*>(place(*entry));
    if (entry->d_tag == DT_STRTAB) names_ = reinterpret_cast<const char*>(place(*entry));
    if (entry->d_tag == DT_GNU_HASH) hash_ = reinterpret_cast<const uint32_t*>(place(*entry));
    if (entry->d_tag == DT_HASH) old_hash_ = reinterpret_cast<const uint32_t*>(place(*entry));
    if (entry->d_tag == DT_VERSYM) versions_ = reinterpret_cast<const ElfW(Half)*>(place(*entry));
  }
}

template <class Visit>
void DynamicSymbols::each_of_name(const char* name, Visit&& visit) const {
  if (hash_ == nullptr) {
    // A module with the old table alone is rare and small, so that all symbols are looked at.
    const uint32_t count = old_hash_[1];
    for (uint32_t index = 0; index < count; ++index) {
      if (std::strcmp(names_ + symbols_[index].st_name, name) == 0) visit(index);
    }
    return;
  }
  const uint32_t bucket_count = hash_[0];
  const uint32_t first_hashed = hash_[1];
  const uint32_t bloom_words = hash_[2];
  const uint32_t* const buckets = hash_ + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
  const uint32_t* const chains = buckets + bucket_count;
  const uint32_t hash = hash_of(name);
  uint32_t index = bucket_count == 0 ? 0 : buckets[hash % bucket_count];
  if (index < first_hashed) return;
  for (;; ++index) {
    const uint32_t chained = chains[index - first_hashed];  // its lowest bit ends the chain
    if ((chained | 1) == (hash | 1) && std::strcmp(names_ + symbols_[index].st_name, name) == 0) visit(index);
    if ((chained & 1) != 0) return;
  }
}

void DynamicSymbols::each(const char* name, void (*visit)(ElfW(Sym) & symbol, void* context), void* context) const {
  each_of_name(name, [&](uint32_t index) { visit(symbols_[index], context); });
}

void* DynamicSymbols::function(const char* name) const {
  constexpr ElfW(Half) kHidden = 0x8000;  // another version than the default one
  const ElfW(Sym)* found = nullptr;
  each_of_name(name, [&](uint32_t index) {
    const ElfW(Sym)& symbol = symbols_[index];
    const int type = ELF64_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC)) return;
    if (found == nullptr || versions_ == nullptr || (versions_[index] & kHidden) == 0) found = &symbol;
  });
  if (found == nullptr) return nullptr;
  const ElfW(Addr) address = base_ + found->st_value;
  if (ELF64_ST_TYPE(found->st_info) != STT_GNU_IFUNC) return reinterpret_cast<void*>(address);
  return reinterpret_cast<void*>(reinterpret_cast<ElfW(Addr) (*)()>(address)());
}

int DynamicSymbols::protection_at(const void* address) const {
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(base_);
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(base_ + header->e_phoff);
  const ElfW(Addr) offset = reinterpret_cast<ElfW(Addr)>(address) - base_;
  for (const ElfW(Phdr)* segment = segments; segment != segments + header->e_phnum; ++segment) {
    if (segment->p_type != PT_LOAD || offset - segment->p_vaddr >= segment->p_memsz) continue;
    return ((segment->p_flags & PF_R) != 0 ? PROT_READ : 0) | ((segment->p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
           ((segment->p_flags & PF_X) != 0 ? PROT_EXEC : 0);
  }
  return PROT_READ;
}

}  // namespace heapreel::hooks
