// How tests/vectors/golden_budgets.reel, of version 1.1, was made: budgets of both origins, one replaced, one lifted,
// and some that were refused; golden_budgets_test.cc expects them.
//
//     write_golden_budgets FILE
#include "snapshot/reel/format/recorded_budgets.h"
#include "snapshot/reel/write/change_writer.h"
#include "snapshot/reel/write/reel_appender.h"

namespace {

using namespace heapreel;
using reel_format::SectionKind;

struct Budget {
  BudgetOrigin origin;
  const char* name;
  engine::BudgetLimits limits;
};

void add_budgets(ReelAppender& file, uint64_t refused, const std::vector<Budget>& budgets) {
  ByteWriter out;
  out.varint(refused);
  out.varint(budgets.size());
  for (const Budget& budget : budgets) write_budget(out, budget.origin, budget.name, budget.limits);
  file.add(SectionKind::kBudgets, 0, 0, out);
}

// Of one game frame in which nothing was allocated.
void add_still(ReelAppender& file) {
  ByteWriter out;
  out.u8(0);
  const ReelSums sums = {
      .generation = 1, .game_frames = 1, .time_ns = 5'000, .traceback_limit = 3, .totals = {.game_frames = 1}};
  write_sums(out, sums, {});
  file.add(SectionKind::kStills, 0, 0, out);
  ChangeWriter changes;
  changes.start(0, [](uint32_t) { return engine::SiteAggregate{}; });
  file.add(SectionKind::kState, reel_format::kKeyStill, 0, changes.part({}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  constexpr auto kProgram = BudgetOrigin::kProgram;
  constexpr auto kRecorder = BudgetOrigin::kRecorder;
  ReelAppender file(0);
  ReelHeader header;
  header.writer = "by hand";
  header.program = "/opt/game";
  header.traceback_limit = 3;
  if (!file.open(argv[1], true, header).empty()) return 1;
  add_budgets(file, 0,
              {{kRecorder, "Textures", {.live_bytes = uint64_t{256} << 20}},
               {kProgram, "Physics", {.allocs_per_game_frame = 100, .live_bytes = 1}},
               {kProgram, "Textures", {.live_bytes = uint64_t{512} << 20}},
               {kProgram, "domain:Größe", {.alloc_bytes_per_game_frame = UINT64_MAX - 1}}});
  add_still(file);
  add_budgets(file, 300, {{kProgram, "Physics", {.allocs_per_game_frame = 0}}, {kProgram, "thread:main", {}}});
  if (!file.flush().empty()) return 1;
  return file.finish({.ending = ReelEnding::kExited, .time_ns = 6'000}).empty() ? 0 : 1;
}
