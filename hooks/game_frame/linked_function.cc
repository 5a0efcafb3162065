#include "hooks/game_frame/linked_function.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "hooks/base/loaded_modules.h"

namespace heapreel::hooks {
namespace {

// The last of the modules that the program started with: the loader appends to its list what it loads later.
constinit const link_map* g_last_at_start = nullptr;

[[gnu::constructor]] void note_last_at_start() {
  const link_map* module = own_module();
  while (module != nullptr && module->l_next != nullptr) module = module->l_next;
  g_last_at_start = module;
}

const link_map* module_at(const void* address) {
  dl_find_object found;
  return _dl_find_object(const_cast<void*>(address), &found) == 0 ? found.dlfo_link_map : nullptr;
}

// Whether `module` names the file of `library` among those that it needs.
bool needs(const link_map& module, const char* library) {
  const char* names = nullptr;
  for (const ElfW(Dyn)* entry = module.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(entry->d_un.d_ptr);
  }
  if (names == nullptr) return false;
  for (const ElfW(Dyn)* entry = module.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_NEEDED && std::strcmp(file_name(names + entry->d_un.d_val), file_name(library)) == 0)
      return true;
  }
  return false;
}

struct Search {
  const char* name;
  const link_map* own;
  const link_map* caller;  // null: not known
  void* needed = nullptr;  // the function in a library that the caller needs
  void* any = nullptr;
};

// Looks at one module of the loader's list, whose lock is held.
int look_in(dl_phdr_info* info, size_t, void* context) {
  auto& search = *static_cast<Search*>(context);
  link_map module = {};
  module.l_addr = info->dlpi_addr;
  module.l_name = const_cast<char*>(info->dlpi_name);
  for (int header = 0; header < info->dlpi_phnum; ++header) {
    if (info->dlpi_phdr[header].p_type == PT_DYNAMIC)
      module.l_ld = reinterpret_cast<ElfW(Dyn)*>(info->dlpi_addr + info->dlpi_phdr[header].p_vaddr);
  }
  if (module.l_ld == nullptr || module.l_ld == search.own->l_ld) return 0;
  void* const found = defined_in(module, search.name);
  if (found == nullptr) return 0;
  if (search.any == nullptr) search.any = found;
  if (search.caller != nullptr && needs(*search.caller, module.l_name)) search.needed = found;
  return search.needed != nullptr ? 1 : 0;
}

}  // namespace

void* function_loaded_at_start(const char* name) noexcept {
  const link_map* const own = own_module();
  if (own == nullptr || g_last_at_start == nullptr) return nullptr;
  for (const link_map* module = own; module != g_last_at_start;) {
    module = module->l_next;
    if (void* const found = defined_in(*module, name)) return found;
  }
  return nullptr;
}

void* function_loaded_later(const void* caller, const char* name) noexcept {
  Search search = {.name = name, .own = own_module(), .caller = module_at(caller)};
  if (search.own == nullptr) return nullptr;
  if (search.caller == search.own) search.caller = nullptr;
  if (search.caller != nullptr) {
    if (void* const found = defined_in(*search.caller, name)) return found;
  }
  dl_iterate_phdr(look_in, &search);
  return search.needed != nullptr ? search.needed : search.any;
}

void* function_beside(const void* address, const char* name) noexcept {
  const link_map* const module = module_at(address);
  return module != nullptr && module != own_module() ? defined_in(*module, name) : nullptr;
}

bool is_in_this_library(const void* address) noexcept {
  const link_map* const module = module_at(address);
  return module != nullptr && module == own_module();
}

}  // namespace heapreel::hooks
