// A database of SQLite that holds the tables of one reel.
#include <sqlite3.h>

#include <memory>
#include <string>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/tables.h"

namespace heapreel {
namespace {

class Database {
 public:
  explicit Database(const std::string& path) {
    const int status = sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    check(status);
  }
  ~Database() { sqlite3_close(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const std::string& sql) { check(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr)); }
  void check(int status) const {
    if (status == SQLITE_OK || status == SQLITE_DONE) return;
    throw ExportError(std::string("the database cannot be written: ") + sqlite3_errmsg(database_));
  }
  sqlite3* handle() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

// Adds rows to one table.
class Insertion {
 public:
  Insertion(Database& database, const ExportTable& table) : database_(database), table_(&table) {
    std::string sql = "INSERT INTO " + std::string(table.name) + " VALUES (?";
    for (size_t i = 1; i < table.columns.size(); ++i) sql += ",?";
    sql += ')';
    database_.check(sqlite3_prepare_v2(database_.handle(), sql.c_str(), -1, &statement_, nullptr));
  }
  ~Insertion() { sqlite3_finalize(statement_); }
  Insertion(const Insertion&) = delete;
  Insertion& operator=(const Insertion&) = delete;

  const ExportTable* table() const { return table_; }

  void add(ExportRow row) {
    for (size_t i = 0; i < row.size(); ++i) database_.check(bind(static_cast<int>(i) + 1, row[i]));
    database_.check(sqlite3_step(statement_));
    database_.check(sqlite3_reset(statement_));
  }

 private:
  int bind(int column, const ExportCell& cell) {
    if (const auto* text = std::get_if<std::string_view>(&cell)) {
      return sqlite3_bind_text(statement_, column, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    }
    const auto* positive = std::get_if<uint64_t>(&cell);
    return sqlite3_bind_int64(statement_, column,
                              positive != nullptr ? static_cast<int64_t>(*positive) : std::get<int64_t>(cell));
  }

  Database& database_;
  const ExportTable* table_;
  sqlite3_stmt* statement_ = nullptr;
};

std::string create_table(const ExportTable& table) {
  std::string sql = "CREATE TABLE " + std::string(table.name) + " (";
  for (const ExportColumn& column : table.columns) {
    if (!sql.ends_with('(')) sql += ", ";
    (sql += column.name) += column.kind == ColumnKind::kInteger ? " INTEGER NOT NULL" : " TEXT NOT NULL";
  }
  return sql + ");";
}

}  // namespace

void write_sqlite(const ExportSource& source, ExportOutput& output) {
  Database database(output.unfinished_path());
  // Nobody reads the file before it is complete, so it needs no journal and need not wait for the disk.
  database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;");
  for (const ExportTable& table : export_tables()) database.execute(create_table(table));
  std::unique_ptr<Insertion> insertion;
  write_tables(
      source, [](const ExportTable&) { return true; },
      [&](const ExportTable& table, ExportRow row) {
        if (insertion == nullptr || insertion->table() != &table) {
          insertion.reset();
          insertion = std::make_unique<Insertion>(database, table);
        }
        insertion->add(row);
      });
  insertion.reset();
  database.execute(
      "CREATE INDEX deltas_by_site ON deltas (site, game_frame); CREATE INDEX deltas_by_game_frame ON deltas "
      "(game_frame);"
      "CREATE INDEX frames_by_traceback ON frames (traceback, depth); CREATE INDEX blocks_by_site ON blocks (site);"
      "CREATE UNIQUE INDEX sites_by_number ON sites (site); COMMIT;");
}

}  // namespace heapreel
