// The names of a reel, for the judge of budgets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "snapshot/budget/budget_names.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel {

class ReelBudgetNames final : public BudgetNames {
 public:
  explicit ReelBudgetNames(const Reel& reel) : source_(reel.source()) {}

  std::string tag_of(uint32_t site) const override;
  std::string domain_of(uint32_t site) const override;
  std::string thread(uint32_t thread) const override;
  // Null where overload, or a stack that could not be read, prevented it from being recorded.
  const Traceback* stack_of(uint32_t site) const override;
  std::vector<std::string> all() const override;

 private:
  const ReelTables& tables() const { return source_->tables(); }

  std::shared_ptr<const ReelTracebackSource> source_;
};

}  // namespace heapreel
