// What the fake engine writes down. The memory is static, because the fake engine must not allocate.
#pragma once

#include <atomic>

#include "tests/hooks/fake_recorder.h"

namespace heapreel::testing {

struct FakeLog {
  static constexpr size_t kCapacity = 1024;
  Event events[kCapacity];
  size_t used;  // beyond kCapacity: overflown
  engine::BreachCallback breach_callback;
  engine::TracerOptions start_options;
  int consolidator_starts;
  std::atomic<int> unload_notices;
  int clearings;
  int peak_resets;
  int announcements;  // of programs to be executed
  int withdrawals;    // of those, taken back
  int calls_without_name;
  char announced[64];                                 // the last of them
  int budgets;                                        // declared
  char budget_name[engine::BudgetTable::kNameBytes];  // of the last of them
  engine::BudgetLimits budget_limits;
};

extern FakeLog fake_log;
extern constinit thread_local bool logging_thread;

}  // namespace heapreel::testing
