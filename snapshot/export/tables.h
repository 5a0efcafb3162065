// A reel as tables, which CSV, NDJSON and databases share. tools/EXPORT.md describes every column.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "snapshot/export/export_source.h"

namespace heapreel {

enum class ColumnKind : uint8_t { kInteger, kText };

struct ExportColumn {
  std::string_view name;
  ColumnKind kind;
};

struct ExportTable {
  std::string_view name;
  std::vector<ExportColumn> columns;  // the first is `reel`, in every table
};

// In the order in which write_tables() writes them.
std::span<const ExportTable> export_tables();
// Null when no table has this name.
const ExportTable* find_export_table(std::string_view name);

// Numbers fit into 63 bits. Texts are UTF-8 without NUL, and valid during the call.
using ExportCell = std::variant<uint64_t, int64_t, std::string_view>;
using ExportRow = std::span<const ExportCell>;

// Writes the tables for which `wants` returns true: `row` gets each row, and all rows of a table one after the other.
// Reads the reel once. Blocks are those that live at the moment. Throws ReelError, and what `row` throws.
void write_tables(const ExportSource& source, const std::function<bool(const ExportTable&)>& wants,
                  const std::function<void(const ExportTable&, ExportRow)>& row);

// A number that identifies a reel among others: the same for every export of it, below 2^53.
uint64_t reel_number(const ReelHeader& header);

}  // namespace heapreel
