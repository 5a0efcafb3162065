// Debian package: libsqlite3-dev
#include <sqlite3.h>

#include <heapreel/adapters/sqlite.h>

#include "tests/hooks/adapters/domain_blocks.h"

namespace heapreel::testing {
namespace {

TEST_F(AdapterTest, SqlitesBlocksAreThoseThatSqliteCounts) {
  ASSERT_EQ(heapreel_sqlite_install(), SQLITE_OK);
  ASSERT_EQ(heapreel_sqlite_install(), SQLITE_OK);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database,
                         "create table t(a, b); create index i on t(b);"
                         "with recursive n(x) as (select 1 union all select x + 1 from n where x < 2000) "
                         "insert into t select x, 'text ' || x from n; select group_concat(b) from t;",
                         nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(database);

  sqlite3_int64 count = 0, highest = 0;
  ASSERT_EQ(sqlite3_status64(SQLITE_STATUS_MALLOC_COUNT, &count, &highest, 0), SQLITE_OK);
  const DomainBlocks blocks = DomainBlocks::of("SQLite");
  EXPECT_EQ(blocks.count, uint64_t(count));
  EXPECT_LE(blocks.bytes, uint64_t(sqlite3_memory_used()));
  EXPECT_GT(blocks.count, 50u);
  EXPECT_EQ(heapreel_sqlite_install(), SQLITE_MISUSE) << "SQLite takes no other allocator while it runs";

  sqlite3_close(database);
  ASSERT_EQ(sqlite3_shutdown(), SQLITE_OK);
  EXPECT_EQ(DomainBlocks::of("SQLite").count, 0u);
}

}  // namespace
}  // namespace heapreel::testing
