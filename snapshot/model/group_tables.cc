#include "snapshot/model/group_tables.h"

namespace heapreel {

GroupTable& GroupTables::table(const GroupKey& key, const TracebackSource& source) {
  std::lock_guard lock(mutex_);
  std::unique_ptr<GroupTable>& table = tables_[key];
  if (!table) table = std::make_unique<GroupTable>(key, source);
  return *table;
}

}  // namespace heapreel
