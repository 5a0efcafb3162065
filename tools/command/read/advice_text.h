// The texts of a HeapAdvice: tables, JSON and code.
#pragma once

#include <cstdint>
#include <string>

#include "snapshot/advice/heap_advice.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

struct AdviceView {
  std::string path;
  const Reel& reel;
  HeapAdvice advice;
  uint64_t rows = 10;  // of each table

  std::string table_text() const;
  std::string json_text() const;
  // C++ that a person can put into the program.
  std::string code_text() const;
};

}  // namespace heapreel::tools
