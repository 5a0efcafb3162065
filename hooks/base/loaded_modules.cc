#include "hooks/base/loaded_modules.h"

#include <cstring>

#include "hooks/base/dynamic_symbols.h"

namespace heapreel::hooks {
namespace {

const link_map* loaded(const char* file) {
  const link_map* module = first_module();
  while (module != nullptr && std::strcmp(file_name(module->l_name), file) != 0) module = module->l_next;
  return module;
}

Definition first_from(const link_map* module, const char* name) {
  for (; module != nullptr; module = module->l_next) {
    if (void* const address = defined_in(*module, name)) return {module, address};
  }
  return {};
}

}  // namespace

const link_map* first_module() noexcept {
  const link_map* const first = _r_debug.r_map;
  return first != nullptr && first->l_ld != nullptr ? first : nullptr;
}

const link_map* own_module() noexcept {
  // The linker's name for the dynamic section of whatever this code is linked into.
  const link_map* module = first_module();
  while (module != nullptr && module->l_ld != _DYNAMIC) module = module->l_next;
  return module;
}

ModuleCode code_of(const link_map& module) noexcept {
  if (&module == first_module()) return {};
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(module.l_addr);
  const auto* const segments = reinterpret_cast<const ElfW(Phdr)*>(module.l_addr + header->e_phoff);
  uintptr_t end = 0;
  for (const ElfW(Phdr)* segment = segments; segment != segments + header->e_phnum; ++segment) {
    const uintptr_t segment_end = segment->p_vaddr + segment->p_memsz;
    if (segment->p_type == PT_LOAD && segment_end > end) end = segment_end;
  }
  return {.begin = module.l_addr, .bytes = end};
}

void* defined_in(const link_map& module, const char* name) noexcept {
  const DynamicSymbols symbols(module);
  return symbols.complete() ? symbols.function(name) : nullptr;
}

const char* file_name(const char* path) noexcept {
  const char* const slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

Definition first_definition(const char* name) noexcept {
  return first_from(first_module(), name);
}

Definition definition_after_own(const char* name) noexcept {
  const link_map* const own = own_module();
  const Definition next = first_from(own != nullptr ? own->l_next : nullptr, name);
  if (next.module != nullptr) return next;
  return {nullptr, in_c_library(name)};
}

const link_map* c_library() noexcept {
  return loaded("libc.so.6");
}

void* in_c_library(const char* name) noexcept {
  const link_map* const library = c_library();
  return library != nullptr ? defined_in(*library, name) : nullptr;
}

void* in_library(const char* file, const char* name) noexcept {
  const link_map* const library = loaded(file);
  return library != nullptr ? defined_in(*library, name) : nullptr;
}

}  // namespace heapreel::hooks
