#include "snapshot/reel/format/recorded_budgets.h"

namespace heapreel {

using engine::BudgetLimits;

namespace {

// No limit, the largest number, becomes 0.
static_assert(BudgetLimits::kNone + 1 == 0);

BudgetLimits read_limits(ByteReader& in) {
  BudgetLimits limits;
  limits.allocs_per_game_frame = in.varint() - 1;
  limits.alloc_bytes_per_game_frame = in.varint() - 1;
  limits.live_bytes = in.varint() - 1;
  return limits;
}

}  // namespace

void write_budget(ByteWriter& out, BudgetOrigin origin, std::string_view name, const BudgetLimits& limits) {
  out.u8(static_cast<uint8_t>(origin));
  out.text(name);
  out.varint(limits.allocs_per_game_frame + 1);
  out.varint(limits.alloc_bytes_per_game_frame + 1);
  out.varint(limits.live_bytes + 1);
}

void RecordedBudgets::read(ByteReader& in, size_t still) {
  refused_ = in.varint();
  for (size_t left = in.count(6); left > 0; --left) {
    const uint8_t origin = in.u8();
    const std::string_view name = in.text();
    const BudgetLimits limits = read_limits(in);
    if (origin >= kBudgetOrigins) throw ReelError("a budget is of an unknown origin");
    if (name.empty() || name.size() > kMostNameBytes) throw ReelError("a budget's name is out of range");
    if (static_cast<BudgetOrigin>(origin) == BudgetOrigin::kProgram) {
      declarations_.push_back({still, std::string(name), limits});
    }
    Key key(name, static_cast<BudgetOrigin>(origin));
    if (const auto known = budgets_.find(key); known != budgets_.end()) {
      known->second = limits;
      continue;
    }
    if (counts_[origin]++ == kMostPerOrigin) throw ReelError("there are too many budgets");
    budgets_.emplace(std::move(key), limits);
  }
}

}  // namespace heapreel
