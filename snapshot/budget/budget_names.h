// Where the judge of budgets takes names from: a program that runs, or a reel.
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
  virtual std::string domain(uint32_t domain) const = 0;
  virtual std::string thread(uint32_t thread) const = 0;
  // Null where names of code cannot be had while the program runs.
  virtual const Traceback* stack_of(uint32_t site) const = 0;
  // Tags, "domain:NAME" and "thread:NAME" that there are, in any order.
  virtual std::vector<std::string> all() const = 0;
};

}  // namespace heapreel
