#include "snapshot/budget/reel_budget_names.h"

#include <utility>

namespace heapreel {
namespace {

std::string text_of(const ReelTables& tables, NameKind kind, uint32_t place) {
  const RecordedName* const name = tables.names(kind).find(place);
  return name == nullptr ? "" : name->text;
}

}  // namespace

std::string ReelBudgetNames::tag_of(uint32_t site) const {
  return text_of(tables(), NameKind::kScope, tables().site(site).scope);
}

std::string ReelBudgetNames::domain_of(uint32_t site) const {
  return domain(tables().site(site).domain);
}

std::string ReelBudgetNames::domain(uint32_t domain) const {
  return text_of(tables(), NameKind::kDomain, domain);
}

std::string ReelBudgetNames::thread(uint32_t thread) const {
  return text_of(tables(), NameKind::kThread, thread);
}

const Traceback* ReelBudgetNames::stack_of(uint32_t site) const {
  const uint32_t traceback = tables().site(site).traceback;
  if (tables().named_tracebacks().empty() && tables().stack(traceback).kind != RecordedStack::Kind::kWalked) {
    return nullptr;
  }
  return &source_->traceback(traceback);
}

std::vector<std::string> ReelBudgetNames::all() const {
  static constexpr std::pair<NameKind, std::string_view> kKinds[] = {
      {NameKind::kScope, ""}, {NameKind::kDomain, "domain:"}, {NameKind::kThread, "thread:"}};
  std::vector<std::string> names;
  for (const auto& [kind, prefix] : kKinds) {
    for (uint32_t place = 0; place < tables().names(kind).count(); ++place) {
      const std::string name = text_of(tables(), kind, place);
      if (!name.empty()) names.push_back(std::string(prefix) + name);
    }
  }
  return names;
}

}  // namespace heapreel
