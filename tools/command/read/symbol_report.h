// What could not be resolved to a name or a line; said once after the result, with what to do about it.
#pragma once

#include <string>

#include "snapshot/symbols/symbol_coverage.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {

// One line; empty when every module has its debug information.
std::string coverage_text(const SymbolCoverage& coverage);

// Prints on stderr what went wrong while symbols were read, and coverage_text.
void report_symbols(const Reel& reel);

}  // namespace heapreel::tools
