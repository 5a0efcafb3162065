// Budgets of a reel: what a name may use at most, as the program declared it or as who recorded gave it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "engine/record/budget_table.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

enum class BudgetOrigin : uint8_t { kProgram = 0, kRecorder = 1 };
inline constexpr int kBudgetOrigins = 2;

struct NamedBudget {
  std::string name;
  engine::BudgetLimits limits;
  // Whether a recording in which nothing has this name breaks the budget: it is a mistyped one, as a rule.
  bool required = true;
};

class RecordedBudgets {
 public:
  static constexpr size_t kMostPerOrigin = engine::BudgetTable::kMost;
  static constexpr size_t kMostNameBytes = engine::BudgetTable::kNameBytes - 1;

  // Budgets are kept by name and then by origin: each origin has limits of its own.
  using Key = std::pair<std::string, BudgetOrigin>;
  const std::map<Key, engine::BudgetLimits>& all() const { return budgets_; }
  // How many declarations of the program found no room; their budgets are missing here.
  uint64_t refused() const { return refused_; }

  // Takes in a section. Throws ReelError.
  void read(ByteReader& in);

 private:
  std::map<Key, engine::BudgetLimits> budgets_;
  size_t counts_[kBudgetOrigins] = {};
  uint64_t refused_ = 0;
};

// One entry of a section.
void write_budget(ByteWriter& out, BudgetOrigin origin, std::string_view name, const engine::BudgetLimits& limits);

}  // namespace heapreel
