// Every row of every table as one line of JSON, an object whose member `table` says which table it is of.
#include <string>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/tables.h"
#include "snapshot/text/json_text.h"

namespace heapreel {

void write_ndjson(const ExportSource& source, ExportOutput& output) {
  const std::string& chosen = source.request().table;
  std::string line;
  write_tables(
      source, [&](const ExportTable& table) { return chosen.empty() || table.name == chosen; },
      [&](const ExportTable& table, ExportRow row) {
        line = "{\"table\":";
        append_json_text(line, table.name);
        for (size_t i = 0; i < row.size(); ++i) {
          line += ',';
          append_json_text(line, table.columns[i].name);
          line += ':';
          std::visit(
              [&](const auto& value) {
                if constexpr (std::is_same_v<decltype(value), const std::string_view&>) {
                  append_json_text(line, value);
                } else {
                  line += std::to_string(value);
                }
              },
              row[i]);
        }
        line += "}\n";
        output.write(line);
      });
}

}  // namespace heapreel
