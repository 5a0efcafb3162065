#include "hooks/load/deep_binding.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "hooks/backend/backend.h"
#include "hooks/base/dynamic_symbols.h"
#include "hooks/base/loaded_modules.h"
#include "hooks/base/message.h"

// Those interposed functions that the C library has, too, by the names that a program calls. Their addresses are those
// of the first definition, to which the loader has bound them: ours, or the program's own.
#define HEAPREEL_C_ALLOCATION_FUNCTIONS(apply)                                                                       \
  apply(malloc) apply(calloc) apply(realloc) apply(reallocarray) apply(free) apply(cfree) apply(free_sized)          \
      apply(free_aligned_sized) apply(malloc_usable_size) apply(posix_memalign) apply(aligned_alloc) apply(memalign) \
          apply(valloc) apply(pvalloc)

#define HEAPREEL_DECLARE(symbol) extern "C" void heapreel_bound_##symbol() __asm__(#symbol);
HEAPREEL_C_ALLOCATION_FUNCTIONS(HEAPREEL_DECLARE)
#undef HEAPREEL_DECLARE

namespace heapreel::hooks {
namespace {

struct Function {
  const char* name;
  void (*bound)();
};
#define HEAPREEL_ENTRY(symbol) {#symbol, heapreel_bound_##symbol},
constexpr Function kFunctions[] = {HEAPREEL_C_ALLOCATION_FUNCTIONS(HEAPREEL_ENTRY)};
#undef HEAPREEL_ENTRY

// Whether the function is ours, directly or through the linkage table of a program that takes its address.
bool leads_to_hooks(void (*function)()) {
  Dl_info its = {};
  Dl_info ours = {};
  void* symbol = nullptr;
  if (dladdr1(reinterpret_cast<void*>(function), &its, &symbol, RTLD_DL_SYMENT) == 0) return false;
  if (dladdr(reinterpret_cast<void*>(lead_deep_binding_to_hooks), &ours) == 0) return false;
  return its.dli_fbase == ours.dli_fbase ||
         (symbol != nullptr && static_cast<const ElfW(Sym)*>(symbol)->st_shndx == SHN_UNDEF);
}

// Other threads may look the symbol up at this moment: they find one function or the other.
bool store(const DynamicSymbols& table, ElfW(Sym) & symbol, ElfW(Addr) value) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(&symbol) & ~(page - 1);
  auto* const pages = reinterpret_cast<void*>(begin);
  const size_t bytes = reinterpret_cast<uintptr_t>(&symbol + 1) - begin;
  const int protection = table.protection_at(&symbol);
  if (mprotect(pages, bytes, protection | PROT_WRITE) != 0) return false;
  // relaxed: nothing but the value is shared
  std::atomic_ref(symbol.st_value).store(value, std::memory_order_relaxed);
  mprotect(pages, bytes, protection);
  return true;
}

struct Change {
  const DynamicSymbols& table;
  void (*function)();
  bool done;
};

void change_symbol(ElfW(Sym) & symbol, void* context) {
  auto& change = *static_cast<Change*>(context);
  if (symbol.st_shndx == SHN_UNDEF) return;
  change.done = store(change.table, symbol, change.table.value_for(change.function)) && change.done;
}

bool lead_to_hooks() {
  const link_map* const module = c_library();
  if (module == nullptr) return false;
  const DynamicSymbols table(*module);
  if (!table.complete()) return false;
  Change change = {table, nullptr, true};
  for (const Function& function : kFunctions) {
    if (!leads_to_hooks(function.bound)) continue;
    change.function = function.bound;
    table.each(function.name, change_symbol, &change);
  }
  return change.done;
}

// relaxed throughout: threads that race for it do the same twice.
constinit std::atomic<bool> led = false;

}  // namespace

void lead_deep_binding_to_hooks() noexcept {
  if (led.load(std::memory_order_relaxed)) return;
  if (backend::may_hide_c_library() && !lead_to_hooks()) {
    say("what modules that are loaded with RTLD_DEEPBIND allocate is not recorded: the C library's symbols cannot be "
        "changed here");
  }
  led.store(true, std::memory_order_relaxed);
}

}  // namespace heapreel::hooks
