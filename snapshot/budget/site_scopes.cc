#include "snapshot/budget/site_scopes.h"

#include <algorithm>
#include <set>

namespace heapreel {
namespace {

CodePattern::Texts code_texts(const BudgetName& name) {
  switch (name.kind()) {
    case BudgetName::Kind::kFunction:
      return {.function = name.text()};
    case BudgetName::Kind::kFile:
      return {.file = name.text()};
    default:
      return {.module = name.text()};
  }
}

}  // namespace

SiteScopes::SiteScopes(std::vector<SiteIgnore> ignores, const BudgetNames& names)
    : source_(names), ignores_(std::move(ignores)), ignored_sites_(ignores_.size()), needs_code_(!ignores_.empty()) {
  for (const SiteIgnore& ignore : ignores_) ignored_code_.emplace_back(ignore.code);
}

void SiteScopes::add(std::string_view budget) {
  const BudgetName& name = names_.emplace_back(budget);
  texts_.emplace_back(budget);
  code_.emplace_back();
  if (name.is_of_code()) {
    code_.back().emplace(code_texts(name));
    needs_code_ = true;
  }
  was_seen_.push_back(name.kind() == BudgetName::Kind::kEverything);
  sites_.clear();
  threads_.clear();
}

const std::vector<uint32_t>& SiteScopes::of_site(uint32_t site) {
  return scope_of(site).budgets;
}

const std::vector<uint32_t>& SiteScopes::of_unknown_code(uint32_t site) {
  return scope_of(site).unknown_code;
}

const SiteScopes::Scope& SiteScopes::scope_of(uint32_t site) {
  if (site >= sites_.size()) sites_.resize(site + size_t{1});
  if (!sites_[site]) sites_[site] = make_scope(site);
  return *sites_[site];
}

SiteScopes::Scope SiteScopes::make_scope(uint32_t site) {
  Scope scope;
  const std::string tag = source_.tag_of(site);
  const std::string domain = source_.domain_of(site);
  const Traceback* const stack = needs_code_ ? source_.stack_of(site) : nullptr;
  std::vector<size_t> ignores;
  for (size_t ignore = 0; stack != nullptr && ignore < ignores_.size(); ++ignore) {
    if (ignored_code_[ignore].matches(*stack)) ignores.push_back(ignore);
  }
  for (uint32_t budget = 0; budget < names_.size(); ++budget) {
    if (names_[budget].is_of_code()) {
      if (stack == nullptr) scope.unknown_code.push_back(budget);
      if (stack == nullptr || !code_[budget]->matches(*stack)) continue;
    } else if (!names_[budget].covers(tag, domain)) {
      continue;
    }
    was_seen_[budget] = true;
    if (!is_ignored(budget, ignores)) scope.budgets.push_back(budget);
  }
  return scope;
}

bool SiteScopes::is_ignored(size_t budget, const std::vector<size_t>& ignores) {
  bool ignored = false;
  for (const size_t ignore : ignores) {
    if (!ignores_[ignore].budget.empty() && ignores_[ignore].budget != texts_[budget]) continue;
    ++ignored_sites_[ignore];
    ignored = true;
  }
  return ignored;
}

const std::vector<uint32_t>& SiteScopes::of_thread(uint32_t thread) {
  if (thread >= threads_.size()) threads_.resize(thread + size_t{1});
  auto& known = threads_[thread];
  if (!known) {
    known.emplace();
    const std::string name = source_.thread(thread);  // the name existed before the thread's first event
    for (uint32_t budget = 0; budget < names_.size(); ++budget) {
      if (names_[budget].covers_thread(name)) known->push_back(budget);
    }
  }
  return *known;
}

bool SiteScopes::is_known(size_t budget) const {
  if (was_seen_[budget]) return true;
  return std::ranges::any_of(known_names(), [&](const std::string& known) {
    return known == texts_[budget] || known.starts_with(texts_[budget] + "/");
  });
}

std::vector<std::string> SiteScopes::known_names() const {
  std::set<std::string> names;
  for (std::string& name : source_.all()) {
    // A budget may name the beginning of several tags.
    const bool is_tag = BudgetName(name).kind() == BudgetName::Kind::kTag;
    for (size_t slash = name.find('/'); is_tag && slash != name.npos; slash = name.find('/', slash + 1)) {
      names.insert(name.substr(0, slash));
    }
    names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

}  // namespace heapreel
