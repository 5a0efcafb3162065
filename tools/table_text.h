// A table for people: columns as wide as their widest cell.
#pragma once

#include <string>
#include <vector>

namespace heapreel::tools {

class TableText {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
  };

  explicit TableText(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column; missing ones are empty.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Lines with newlines, no blanks at their ends. Control characters in cells become '?': names are untrusted.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// `text` as it may go to a terminal.
std::string printable(std::string text);

}  // namespace heapreel::tools
