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
  // The cell of the row that was added last is shown in this colour where wants_colours().
  void colour(size_t column, Colour colour) { colours_[{rows_.size() - 1, column}] = colour; }
  bool empty() const { return rows_.empty(); }

  // Lines with newlines, no blanks at their ends. Cells are printable() in it: names are untrusted. The last
  // column's cells are shortened where the line would be longer than `most_columns`; 0: never.
  std::string text(size_t most_columns = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::map<std::pair<size_t, size_t>, Colour> colours_;  // by row and column
};

// What share `part` is of `whole`: "12.3 %". Empty when the whole is 0, or one of them is below zero.
std::string share_text(int64_t part, int64_t whole);

// Shortens "Mesh::load<Vertex>()  level.cpp:88", a function and its place or either of them, to at most `columns`:
// "Mesh::load<Ver...  level.cpp:88". What tells sites apart stays: the front of a function and the end of a path.
std::string shortened(const std::string& site, size_t columns);

// How many columns the terminal has that stdout is; 0 when stdout is no terminal.
size_t terminal_columns();

}  // namespace heapreel::tools
