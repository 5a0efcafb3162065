// The tracebacks that stand for the groups of one table.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include <heapreel/traceback.h>

namespace heapreel {

// Results copy thousands of these. All copies count references in one place, which stays in the cache, instead of in
// as many places as there are groups; the table and every result keep the whole alive.
//
// add() needs a lock of the caller's; what it returned stays where it is, and may be read meanwhile.
class GroupTracebacks {
 public:
  const Traceback* add(Traceback group) { return &groups_.emplace_back(std::move(group)); }

  // `group` is one of `all`.
  static Traceback copy(const std::shared_ptr<const GroupTracebacks>& all, const Traceback& group) {
    return group.owned_by(all);
  }

 private:
  std::deque<Traceback> groups_;
};

}  // namespace heapreel
