// The states of a reel, of stills or of marks, that somebody still holds.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace heapreel {

class ReelTraceSet;

// A later still is made from an earlier one that is still held. Then less has to be read, and both share what did not
// change in between. It keeps no still alive itself. Any thread.
class HeldStills {
 public:
  struct Found {
    size_t position = 0;
    std::shared_ptr<const ReelTraceSet> still;  // null where there is none
  };

  // The last held still at the positions `first` to `last`.
  Found latest(size_t first, size_t last) const {
    std::lock_guard lock(mutex_);
    for (auto after = stills_.upper_bound(last); after != stills_.begin();) {
      --after;
      if (after->first < first) break;
      if (auto still = after->second.lock()) return {after->first, std::move(still)};
    }
    return {};
  }

  void add(size_t position, const std::shared_ptr<const ReelTraceSet>& still) {
    std::lock_guard lock(mutex_);
    std::erase_if(stills_, [](const auto& entry) { return entry.second.expired(); });
    stills_[position] = still;
  }

 private:
  mutable std::mutex mutex_;
  std::map<size_t, std::weak_ptr<const ReelTraceSet>> stills_;  // by position in the reel
};

}  // namespace heapreel
