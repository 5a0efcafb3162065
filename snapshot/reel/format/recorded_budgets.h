// The budgets of a reel: what a name may use at most, as the program declared it or as the recorder gave it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/record/budget_table.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

enum class BudgetOrigin : uint8_t { kProgram = 0, kRecorder = 1 };
inline constexpr int kBudgetOrigins = 2;

struct NamedBudget {
  std::string name;
  engine::BudgetLimits limits;
};

class RecordedBudgets {
 public:
  static constexpr size_t kMostPerOrigin = engine::BudgetTable::kMost;
  static constexpr size_t kMostNameBytes = engine::BudgetTable::kNameBytes - 1;

  // Budgets are kept by name and then by origin, because each origin has limits of its own.
  using Key = std::pair<std::string, BudgetOrigin>;
  const std::map<Key, engine::BudgetLimits>& all() const { return budgets_; }
  // How many declarations of the program found no room; their budgets are missing here.
  uint64_t refused() const { return refused_; }

  // A declaration of the program, in the order of the file, and the still before which it was written.
  struct Declaration {
    size_t still;
    std::string name;
    engine::BudgetLimits limits;
  };
  const std::vector<Declaration>& declarations() const { return declarations_; }

  // Reads a section that stands before the still of this number. Throws ReelError.
  void read(ByteReader& in, size_t still);
  // The same for the details of budgets that the program declared.
  void read_details(ByteReader& in, size_t still);

 private:
  std::map<Key, engine::BudgetLimits> budgets_;
  size_t counts_[kBudgetOrigins] = {};
  uint64_t refused_ = 0;
  std::vector<Declaration> declarations_;
};

// Writes one entry of a section.
void write_budget(ByteWriter& out, BudgetOrigin origin, std::string_view name, const engine::BudgetLimits& limits);

// Whether a budget says more than such an entry can hold; an entry with the details then goes into a section of its
// own, behind that one.
bool has_details(const engine::BudgetLimits& limits);
void write_budget_details(ByteWriter& out, std::string_view name, const engine::BudgetLimits& limits);

// All limits of a budget, in the order of their numbers in reels, which is that of LimitKind.
inline constexpr size_t kLimits = 16;
extern const std::array<uint64_t engine::BudgetLimits::*, kLimits> kLimitMembers;

}  // namespace heapreel
