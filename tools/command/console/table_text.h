// A table for people: columns as wide as their widest cell.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/command/console/colour.h"

namespace heapreel::tools {

class TableText {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
  };

  explicit TableText(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Adds a row with one cell per column; missing cells are empty.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Shows a cell of the row that was added last in this colour, where wants_colours().
  void colour(size_t column, Colour colour) { colours_[{rows_.size() - 1, column}] = colour; }
  bool empty() const { return rows_.empty(); }

  // The lines with their newlines, without blanks at their ends. Cells are made printable(), because names are
  // untrusted. The cells of the last column are shortened where a line would be longer than `most_columns`; 0: never.
  std::string text(size_t most_columns = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::map<std::pair<size_t, size_t>, Colour> colours_;  // by row and column
};

// The share of `part` in `whole`: "12.3 %". Empty when the whole is 0, or when one of them is negative.
std::string share_text(int64_t part, int64_t whole);

// Shortens "Mesh::load<Vertex>()  level.cpp:88", a function and its place or one of them, to at most `columns`:
// "Mesh::load<Ver...  level.cpp:88". It keeps what distinguishes sites: the front of a function and the end of a path.
std::string shortened(const std::string& site, size_t columns);

// The number of columns of the terminal on stdout; 0 when stdout is no terminal.
size_t terminal_columns();

}  // namespace heapreel::tools
