#include "snapshot/reel/format/recorded_budgets.h"

#include <algorithm>
#include <cstring>

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

using Mark = char[BudgetLimits::kMarkBytes];

std::string_view text_of(const Mark& mark) {
  return {mark, strnlen(mark, sizeof mark)};
}

void read_mark(ByteReader& in, Mark& mark) {
  const std::string_view text = in.text();
  if (text.size() >= sizeof mark) throw ReelError("a mark of a budget is too long");
  std::copy(text.begin(), text.end(), mark);
}

}  // namespace

const std::array<uint64_t BudgetLimits::*, kLimits> kLimitMembers = {
    &BudgetLimits::allocs_per_game_frame,
    &BudgetLimits::allocs_per_game_frame_p99,
    &BudgetLimits::allocs_per_game_frame_average,
    &BudgetLimits::alloc_bytes_per_game_frame,
    &BudgetLimits::alloc_bytes_per_game_frame_p99,
    &BudgetLimits::alloc_bytes_per_game_frame_average,
    &BudgetLimits::frees_per_game_frame,
    &BudgetLimits::frees_per_game_frame_p99,
    &BudgetLimits::frees_per_game_frame_average,
    &BudgetLimits::live_bytes,
    &BudgetLimits::live_blocks,
    &BudgetLimits::live_bytes_growth_per_100_game_frames,
    &BudgetLimits::live_blocks_growth_per_100_game_frames,
    &BudgetLimits::new_sites,
    &BudgetLimits::blocks_left,
    &BudgetLimits::bytes_left,
    &BudgetLimits::peak_bytes,
};

bool has_details(const BudgetLimits& limits) {
  BudgetLimits plain;
  plain.allocs_per_game_frame = limits.allocs_per_game_frame;
  plain.alloc_bytes_per_game_frame = limits.alloc_bytes_per_game_frame;
  plain.live_bytes = limits.live_bytes;
  return !(plain == limits);
}

void write_budget_details(ByteWriter& out, std::string_view name, const BudgetLimits& limits) {
  out.text(name);
  for (size_t limit = 0; limit < kDetailedLimits; ++limit) out.varint(limits.*kLimitMembers[limit] + 1);
  out.varint(limits.first_game_frame);
  out.varint(limits.settle_game_frames);
  out.u8(limits.optional != 0 ? 1 : 0);
  out.text(text_of(limits.first_mark));
  out.text(text_of(limits.from_mark));
  out.text(text_of(limits.to_mark));
}

void RecordedBudgets::read_details(ByteReader& in, size_t still) {
  for (size_t left = in.count(kDetailedLimits + 7); left > 0; --left) {
    const std::string name(in.text());
    BudgetLimits limits;
    for (size_t limit = 0; limit < kDetailedLimits; ++limit) limits.*kLimitMembers[limit] = in.varint() - 1;
    limits.first_game_frame = in.varint32();
    limits.settle_game_frames = in.varint32();
    limits.optional = in.u8() & 1;
    read_mark(in, limits.first_mark);
    read_mark(in, limits.from_mark);
    read_mark(in, limits.to_mark);
    const auto known = budgets_.find(Key(name, BudgetOrigin::kProgram));
    if (known == budgets_.end()) throw ReelError("a budget has details and was not declared");
    known->second = limits;
    declarations_.push_back({still, name, limits});
  }
}

bool has_more_limits(const BudgetLimits& limits) {
  for (size_t limit = kDetailedLimits; limit < kLimits; ++limit) {
    if (limits.*kLimitMembers[limit] != BudgetLimits::kNone) return true;
  }
  return false;
}

void write_more_limits(ByteWriter& out, std::string_view name, const BudgetLimits& limits) {
  out.text(name);
  for (size_t limit = kDetailedLimits; limit < kLimits; ++limit) out.varint(limits.*kLimitMembers[limit] + 1);
}

void RecordedBudgets::read_more_limits(ByteReader& in, size_t still) {
  for (size_t left = in.count(kLimits - kDetailedLimits + 1); left > 0; --left) {
    const std::string name(in.text());
    const auto known = budgets_.find(Key(name, BudgetOrigin::kProgram));
    if (known == budgets_.end()) throw ReelError("a budget has limits and was not declared");
    for (size_t limit = kDetailedLimits; limit < kLimits; ++limit) {
      known->second.*kLimitMembers[limit] = in.varint() - 1;
    }
    declarations_.push_back({still, name, known->second});
  }
}

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
