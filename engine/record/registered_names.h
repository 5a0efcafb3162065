// The domains and scopes that the program registered, in the order of their numbers, and the budgets that it declared.
// The program keeps these numbers in its own variables, so they mean the same in every tracer of the process, and in
// its forked children: the names are in this process's private memory, which fork copies, and every arena gets a copy.
//
// Owner: the holder of tracer.cc's lock of names.
#pragma once

#include <cstdint>

#include "engine/memory/name_table.h"
#include "engine/record/budget_table.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

using DomainNames = NameTable<kMaxDomains, 56>;
using ScopeNames = NameTable<1 << 16, 120>;

class RegisteredNames {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The number of the name, in this table and in `copy` (unless that is null). The name is added if it is new. kNone
  // when there are too many names, or no memory.
  uint32_t domain(const char* name, uint32_t alignment, DomainNames* copy);
  uint32_t scope(const char* name, ScopeNames* copy);
  // Declares a budget here and in `copy` (unless that is null). False when there are too many, or no memory.
  bool budget(const char* name, const BudgetLimits& limits, BudgetTable* copy);

  // Copies everything that was registered so far into empty tables.
  void copy_to(DomainNames& domains, ScopeNames& scopes, BudgetTable& budgets);

  // Forgets all of it.
  void clear();

 private:
  struct Tables {
    DomainNames domains;
    ScopeNames scopes;
    BudgetTable budgets;
  };

  bool make_tables();

  Tables* tables_ = nullptr;
};

}  // namespace heapreel::engine
