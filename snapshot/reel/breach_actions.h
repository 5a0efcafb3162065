// What happens in the running program when one of its budgets is broken: as start() was told (engine::OnBreach).
//
// It happens on a thread of heapreel's own, which is made when it is first needed: neither the program's threads nor the one
// that judges wait for it. What is allocated on that thread is not recorded.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/consolidate/tracer_state.h"

namespace heapreel {

struct BreachReport {
  std::string budget;
  std::string_view limit;  // its name, of the table of limits
  uint64_t value = 0, most = 0;
  uint32_t game_frame = 0;
  // The call stack that has most of it, as the tracer keeps it; empty: not known.
  std::vector<uint64_t> stack = {};
  uint32_t known_modules = 0;
};

// Lives as long as the process: its thread is not waited for.
class BreachActions {
 public:
  explicit BreachActions(engine::TracerState& tracer) : tracer_(tracer) {}
  BreachActions(const BreachActions&) = delete;
  BreachActions& operator=(const BreachActions&) = delete;

  // Any thread. Without a thread to be had, nothing happens.
  void push(BreachReport report);
  // Waits for a while until all that was pushed has been acted upon; not on the thread that does so.
  void settle();

 private:
  void run();
  void act(const BreachReport& report);
  std::string site_of(const BreachReport& report) const;

  engine::TracerState& tracer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<BreachReport>
      queue_;  // owner, as of the next two: mutex_'s holder; takes no memory until there is a breach
  bool has_thread_ = false;
  bool is_acting_ = false;
  std::set<std::string> acted_;  // budget, limit and call site of each; owner: the thread
};

}  // namespace heapreel
