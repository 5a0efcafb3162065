// The dynamic symbols of a loaded module: the table in which the loader itself looks names up.
#pragma once

#include <link.h>

#include <cstdint>

namespace heapreel::hooks {

// Points into the module, which must stay loaded. Allocates nothing.
class DynamicSymbols {
 public:
  explicit DynamicSymbols(const link_map& module);

  // False for a module without a hash table of its symbols: then no function below may be called.
  bool complete() const {
    return symbols_ != nullptr && names_ != nullptr && (hash_ != nullptr || old_hash_ != nullptr);
  }

  // The function that a program finds by `name`: of several versions the default one. Null when there is none.
  void* function(const char* name) const;

  // Calls visit(symbol, context) for every version of the symbol `name`.
  void each(const char* name, void (*visit)(ElfW(Sym) & symbol, void* context), void* context) const;

  // The value that a symbol must have for the loader to find `function` there.
  ElfW(Addr) value_for(void (*function)()) const { return reinterpret_cast<ElfW(Addr)>(function) - base_; }

  // The protection, as for mprotect, that the module's program headers give `address`.
  int protection_at(const void* address) const;

 private:
  template <class Visit>
  void each_of_name(const char* name, Visit&& visit) const;

  ElfW(Addr) base_;
  ElfW(Sym) * symbols_ = nullptr;
  const char* names_ = nullptr;
  const uint32_t* hash_ = nullptr;      // DT_GNU_HASH
  const uint32_t* old_hash_ = nullptr;  // DT_HASH
  const ElfW(Half) * versions_ = nullptr;
};

}  // namespace heapreel::hooks
