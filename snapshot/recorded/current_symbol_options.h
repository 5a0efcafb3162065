// The symbol options of this process, for code that opens sources of tracebacks.
#pragma once

#include <cstdint>

#include <heapreel/symbol_options.h>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

struct CurrentSymbolOptions {
  SymbolOptions options;
  uint64_t version = 0;  // grows with every change
};

CurrentSymbolOptions current_symbol_options();

SymbolizerOptions symbolizer_options(const SymbolOptions& options);

}  // namespace heapreel
