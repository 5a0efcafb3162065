// The group tables of one traceback source, by key.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "snapshot/model/group_key.h"
#include "snapshot/model/group_table.h"

namespace heapreel {

// A table lives as long as its source. There are as many tables as keys and distinct skip lists in use. Thread-safe.
class GroupTables {
 public:
  // `source` must be the one that owns these tables.
  GroupTable& table(const GroupKey& key, const TracebackSource& source);

 private:
  std::mutex mutex_;
  std::map<GroupKey, std::unique_ptr<GroupTable>> tables_;
};

}  // namespace heapreel
