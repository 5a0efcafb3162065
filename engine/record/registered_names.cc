#include "engine/record/registered_names.h"

#include "engine/memory/platform.h"
#include "engine/record/block_map.h"

namespace heapreel::engine {

namespace {

uint32_t find_or_add(auto& names, const char* name, uint32_t number, auto* copy) {
  const uint32_t known = names.find(name);
  if (known != RegisteredNames::kNone) return known;
  const uint32_t place = names.add(name, number);
  if (place != RegisteredNames::kNone && copy != nullptr) copy->add(name, number);
  return place;
}

// A process may fork while another of its threads registers a name. Its child then has the number without the name, and
// no caller has been given that number yet. The copy has an empty name there, so that later names keep their numbers.
void copy_names(const auto& from, auto& to) {
  for (uint32_t place = 0; place < from.count(); ++place) {
    const auto* entry = from.at(place);
    to.add(entry == nullptr ? "" : entry->text, entry == nullptr ? 0 : entry->number);
  }
}

}  // namespace

bool RegisteredNames::make_tables() {
  if (tables_ != nullptr) return true;
  tables_ = reinterpret_cast<Tables*>(platform::map_private(sizeof(Tables)).base);
  if (tables_ == nullptr) return false;
  tables_->domains.add("malloc", 1u << BlockMap::kGranuleBits);
  tables_->scopes.add("", 0);  // 0 is no scope
  return true;
}

uint32_t RegisteredNames::domain(const char* name, uint32_t alignment, DomainNames* copy) {
  return make_tables() ? find_or_add(tables_->domains, name, alignment, copy) : kNone;
}

uint32_t RegisteredNames::scope(const char* name, ScopeNames* copy) {
  return make_tables() ? find_or_add(tables_->scopes, name, 0, copy) : kNone;
}

bool RegisteredNames::budget(const char* name, const BudgetLimits& limits, BudgetTable* copy) {
  const bool has_tables = make_tables();
  if (copy != nullptr) {
    if (has_tables) {
      copy->declare(name, limits);
    } else {
      copy->refuse();
    }
  }
  return has_tables && tables_->budgets.declare(name, limits);
}

void RegisteredNames::copy_to(DomainNames& domains, ScopeNames& scopes, BudgetTable& budgets) {
  if (tables_ == nullptr) {
    domains.add("malloc", 1u << BlockMap::kGranuleBits);
    scopes.add("", 0);
    return;
  }
  copy_names(tables_->domains, domains);
  copy_names(tables_->scopes, scopes);
  tables_->budgets.copy_to(budgets);
}

void RegisteredNames::clear() {
  if (tables_ != nullptr) platform::unmap(reinterpret_cast<std::byte*>(tables_), sizeof(Tables));
  tables_ = nullptr;
}

}  // namespace heapreel::engine
