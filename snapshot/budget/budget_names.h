// Where the judge of budgets gets names: from a running program or from a reel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heapreel/traceback.h>

namespace heapreel {

// One thread.
class BudgetNames {
 public:
  virtual ~BudgetNames() = default;

  virtual std::string tag_of(uint32_t site) const = 0;
  virtual std::string domain_of(uint32_t site) const = 0;
  virtual std::string thread(uint32_t thread) const = 0;
  // The stack of a site. Null where names of code cannot be had because the program runs.
  virtual const Traceback* stack_of(uint32_t site) const = 0;
  // All tags, "domain:NAME" and "thread:NAME" that exist, in any order.
  virtual std::vector<std::string> all() const = 0;
};

}  // namespace heapreel
