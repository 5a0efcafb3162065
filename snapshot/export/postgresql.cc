// SQL that psql reads: makes the tables where they are not there, and puts the reel into them in one transaction.
#include <string>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/tables.h"

namespace heapreel {
namespace {

// The text with the escapes that COPY expects.
std::string copy_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\\\";
        break;
      case '\t':
        escaped += "\\t";
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string head(const ExportTable& table, uint64_t reel) {
  const std::string name(table.name);
  std::string columns;
  std::string names;
  for (const ExportColumn& column : table.columns) {
    if (!columns.empty()) columns += ", ", names += ", ";
    (columns += column.name) += column.kind == ColumnKind::kInteger ? " bigint NOT NULL" : " text NOT NULL";
    names += column.name;
  }
  return "CREATE TABLE IF NOT EXISTS " + name + " (" + columns + ");\nDELETE FROM " + name +
         " WHERE reel = " + std::to_string(reel) + ";\nCOPY " + name + " (" + names + ") FROM stdin;\n";
}

}  // namespace

void write_postgresql(const ExportSource& source, ExportOutput& output) {
  const uint64_t reel = reel_number(source.info().header);
  output.write("\\set ON_ERROR_STOP on\nSET client_min_messages = warning;\nBEGIN;\n");
  const ExportTable* open = nullptr;
  // A table without rows is made all the same.
  auto next = export_tables().begin();
  const auto go_to = [&](const ExportTable* table) {
    while (open != table) {
      if (open != nullptr) output.write("\\.\n");
      open = next == export_tables().end() ? nullptr : &*next++;
      if (open != nullptr) output.write(head(*open, reel));
    }
  };
  std::string line;
  write_tables(
      source, [](const ExportTable&) { return true; },
      [&](const ExportTable& table, ExportRow row) {
        go_to(&table);
        line.clear();
        for (const ExportCell& cell : row) {
          if (!line.empty()) line += '\t';
          std::visit(
              [&](const auto& value) {
                if constexpr (std::is_same_v<decltype(value), const std::string_view&>) {
                  line += copy_text(value);
                } else {
                  line += std::to_string(value);
                }
              },
              cell);
        }
        output.write(line + '\n');
      });
  if (open == nullptr) go_to(&export_tables().front());
  go_to(nullptr);
  output.write("COMMIT;\n");
}

}  // namespace heapreel
