// Which budgets cover a call site or a thread. Computed once for each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/budget_names.h"
#include "snapshot/budget/code_pattern.h"
#include "snapshot/budget/site_ignore.h"

namespace heapreel {

// One thread.
class SiteScopes {
 public:
  // `names` outlives it.
  SiteScopes(std::vector<SiteIgnore> ignores, const BudgetNames& names);

  void add(std::string_view budget);
  // From now on the numbers of sites mean other sites.
  void forget_sites() { sites_.clear(); }

  // Numbers of budgets, ascending.
  const std::vector<uint32_t>& of_site(uint32_t site);
  const std::vector<uint32_t>& of_thread(uint32_t thread);
  // Budgets of code of which it is not known whether they cover the site, because its stack is not known.
  const std::vector<uint32_t>& of_unknown_code(uint32_t site);

  const BudgetName& name(size_t budget) const { return names_[budget]; }
  // Whether anything of this name was seen: a site, or a thread that allocated.
  bool was_seen(size_t budget) const { return was_seen_[budget]; }
  void note_seen(size_t budget) { was_seen_[budget] = true; }
  // Whether anything has this name, even one under which nothing was allocated.
  bool is_known(size_t budget) const;
  std::vector<std::string> known_names() const;

  const std::vector<SiteIgnore>& ignores() const { return ignores_; }
  // Sites that an ignore left out of some budget.
  uint64_t ignored_sites(size_t ignore) const { return ignored_sites_[ignore]; }

  // Whether names of code are needed, which a running program does not have.
  bool needs_code() const { return needs_code_; }

 private:
  struct Scope {
    std::vector<uint32_t> budgets;
    std::vector<uint32_t> unknown_code;
  };

  const Scope& scope_of(uint32_t site);
  Scope make_scope(uint32_t site);
  bool is_ignored(size_t budget, const std::vector<size_t>& ignores);

  const BudgetNames& source_;
  std::vector<SiteIgnore> ignores_;
  std::vector<CodePattern> ignored_code_;
  std::vector<uint64_t> ignored_sites_;
  std::vector<std::string> texts_;  // of the budgets
  std::vector<BudgetName> names_;
  std::vector<std::optional<CodePattern>> code_;  // by budget
  std::vector<bool> was_seen_;
  bool needs_code_ = false;
  std::vector<std::optional<Scope>> sites_;
  std::vector<std::optional<std::vector<uint32_t>>> threads_;
};

}  // namespace heapreel
