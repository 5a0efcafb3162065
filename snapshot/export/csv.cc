// One table as CSV (RFC 4180): a line with the names of the columns, then a line for each row.
#include <string>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/tables.h"

namespace heapreel {
namespace {

std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

void write_csv(const ExportSource& source, ExportOutput& output) {
  const std::string& chosen = source.request().table;
  const ExportTable& table = *find_export_table(chosen.empty() ? "sites" : chosen);
  std::string line;
  const auto end_line = [&] {
    line.back() = '\n';
    output.write(line);
    line.clear();
  };
  for (const ExportColumn& column : table.columns) (line += column.name) += ',';
  end_line();
  write_tables(
      source, [&](const ExportTable& other) { return &other == &table; },
      [&](const ExportTable&, ExportRow row) {
        for (const ExportCell& cell : row) {
          std::visit(
              [&](const auto& value) {
                if constexpr (std::is_same_v<decltype(value), const std::string_view&>) {
                  line += csv_text(value);
                } else {
                  line += std::to_string(value);
                }
              },
              cell);
          line += ',';
        }
        end_line();
      });
}

}  // namespace heapreel
