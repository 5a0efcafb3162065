#include "hooks/malloc/mimalloc_call.h"

#include "hooks/base/loaded_modules.h"

namespace heapreel::hooks {
namespace {

// The code of mimalloc and of this library. Found once; threads that race for it store the same.
struct InnerCode {
  std::atomic<uintptr_t> begin;
  std::atomic<uintptr_t> bytes;
};
constinit InnerCode inner_code[2] = {};

// Sync edge [inner_code.publish]: is_found, release in find_inner_code -> acquire in is_inner_call. Carries inner_code.
constinit std::atomic<bool> is_found = false;

[[gnu::cold, gnu::noinline]] void find_inner_code() {
  const link_map* const modules[] = {own_module(), definition_after_own("mi_malloc").module};
  for (int index = 0; index < 2; ++index) {
    const ModuleCode code = modules[index] != nullptr ? code_of(*modules[index]) : ModuleCode{};
    // relaxed: published by is_found
    inner_code[index].begin.store(code.begin, std::memory_order_relaxed);
    // relaxed: as above
    inner_code[index].bytes.store(code.bytes, std::memory_order_relaxed);
  }
  is_found.store(true, std::memory_order_release);  // [inner_code.publish] release
}

}  // namespace

bool is_inner_call(uintptr_t return_address) noexcept {
  // [inner_code.publish] acquire
  if (!is_found.load(std::memory_order_acquire)) [[unlikely]]
    find_inner_code();
  for (const InnerCode& code : inner_code) {
    // relaxed: published by is_found
    if (return_address - code.begin.load(std::memory_order_relaxed) < code.bytes.load(std::memory_order_relaxed))
      return true;
  }
  return false;
}

}  // namespace heapreel::hooks
