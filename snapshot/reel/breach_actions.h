// What happens in the running program when one of its budgets is broken, as start() was told (engine::OnBreach).
//
// It happens on a thread of heapreel's, which is made when it is first needed: neither the program's threads nor the
// one that judges wait for it. What that thread allocates is not recorded.
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
  std::string_view limit;  // the limit's name, from the table of limits
  uint64_t value = 0, most = 0;
  uint32_t game_frame = 0;
  bool is_of_all = false;  // the value is of all game frames together; `game_frame` has the most of it
  // The call stack that used the most, as the tracer keeps it; empty when it is not known.
  std::vector<uint64_t> stack = {};
  uint32_t known_modules = 0;
};

// Lives as long as the process, because nobody waits for its thread.
class BreachActions {
 public:
  explicit BreachActions(engine::TracerState& tracer) : tracer_(tracer) {}
  BreachActions(const BreachActions&) = delete;
  BreachActions& operator=(const BreachActions&) = delete;

  // Any thread. When the system has no thread to give, nothing happens.
  void push(BreachReport report);
  // Waits until everything that was pushed has been acted upon, but not for ever. Not to be called on the thread that
  // acts.
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
