// A database of SQLite that holds the tables of one reel.
#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>

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
  Insertion(Database& database, std::string_view table, size_t columns) : database_(database) {
    std::string sql = "INSERT INTO " + std::string(table) + " VALUES (?";
    for (size_t i = 1; i < columns; ++i) sql += ",?";
    sql += ')';
    database_.check(sqlite3_prepare_v2(database_.handle(), sql.c_str(), -1, &statement_, nullptr));
  }
  ~Insertion() { sqlite3_finalize(statement_); }
  Insertion(const Insertion&) = delete;
  Insertion& operator=(const Insertion&) = delete;

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
  sqlite3_stmt* statement_ = nullptr;
};

// The table `frames`, which is a view here: the same few thousand places stand in millions of frames, and their names
// would be nine tenths of the file.
class Frames {
 public:
  explicit Frames(Database& database) : places_(database, "places", 7), frames_(database, "traceback_frames", 3) {}

  static constexpr const char* kTables =
      "CREATE TABLE places (place INTEGER PRIMARY KEY, reel INTEGER NOT NULL, function TEXT NOT NULL, file TEXT NOT "
      "NULL, "
      "line INTEGER NOT NULL, module TEXT NOT NULL, address INTEGER NOT NULL);"
      "CREATE TABLE traceback_frames (traceback INTEGER NOT NULL, depth INTEGER NOT NULL, place INTEGER NOT NULL, "
      "PRIMARY KEY (traceback, depth)) WITHOUT ROWID;"
      "CREATE VIEW frames AS SELECT reel, traceback, depth, function, file, line, module, address FROM "
      "traceback_frames "
      "JOIN places USING (place);";

  // reel, traceback, depth, function, file, line, module, address
  void add(ExportRow row) {
    const auto text = [&](size_t column) { return std::string(std::get<std::string_view>(row[column])); };
    const auto number = [&](size_t column) { return std::get<uint64_t>(row[column]); };
    const auto [known, is_new] =
        numbers_.try_emplace({number(7), number(5), text(3), text(4), text(6)}, numbers_.size() + 1);
    if (is_new) {
      const ExportCell place[] = {uint64_t{known->second}, row[0], row[3], row[4], row[5], row[6], row[7]};
      places_.add(place);
    }
    const ExportCell frame[] = {row[1], row[2], uint64_t{known->second}};
    frames_.add(frame);
  }

 private:
  Insertion places_, frames_;
  // By address, line, function, file and module: calls that were inlined share an address.
  std::map<std::tuple<uint64_t, uint64_t, std::string, std::string, std::string>, size_t> numbers_;
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
  std::map<const ExportTable*, std::unique_ptr<Insertion>> insertions;
  const ExportTable* const frames_table = find_export_table("frames");
  database.execute(Frames::kTables);
  for (const ExportTable& table : export_tables()) {
    if (&table == frames_table) continue;
    database.execute(create_table(table));
    insertions[&table] = std::make_unique<Insertion>(database, table.name, table.columns.size());
  }
  auto frames = std::make_unique<Frames>(database);
  write_tables(
      source, [](const ExportTable&) { return true; },
      [&](const ExportTable& table, ExportRow row) {
        if (&table == frames_table) {
          frames->add(row);
        } else {
          insertions[&table]->add(row);
        }
      });
  frames.reset();
  insertions.clear();
  database.execute(
      "CREATE INDEX deltas_by_site ON deltas (site, game_frame); CREATE INDEX deltas_by_game_frame ON deltas "
      "(game_frame);"
      "CREATE INDEX blocks_by_site ON blocks (site);"
      "CREATE UNIQUE INDEX sites_by_number ON sites (site); COMMIT;");
}

}  // namespace heapreel
