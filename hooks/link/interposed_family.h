// The interposed functions, all of them.
#pragma once

namespace heapreel::hooks {

// All interposed functions, in the order of interposed_symbols.def. A program that refers to this table is linked
// with all of them.
extern void (*const kInterposedFamily[])();

}  // namespace heapreel::hooks
