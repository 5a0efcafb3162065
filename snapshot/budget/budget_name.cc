#include "snapshot/budget/budget_name.h"

namespace heapreel {

BudgetName::BudgetName(std::string_view name) : text_(name) {
  static constexpr std::pair<std::string_view, Kind> kPrefixes[] = {{"domain:", Kind::kDomain},
                                                                    {"thread:", Kind::kThread},
                                                                    {"function:", Kind::kFunction},
                                                                    {"file:", Kind::kFile},
                                                                    {"module:", Kind::kModule}};
  if (name == "*") {
    kind_ = Kind::kEverything;
    return;
  }
  for (const auto& [prefix, kind] : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    kind_ = kind;
    text_ = name.substr(prefix.size());
  }
}

bool BudgetName::covers(std::string_view tag, std::string_view domain) const {
  switch (kind_) {
    case Kind::kEverything:
      return true;
    case Kind::kDomain:
      return domain == text_;
    case Kind::kTag:
      return tag.starts_with(text_) && (tag.size() == text_.size() || tag[text_.size()] == '/');
    default:
      return false;
  }
}

}  // namespace heapreel
