// The interposed functions, all of them.
#pragma once

namespace heapreel::hooks {

// In the order of interposed_symbols.def. Whoever refers to it is linked with all of them.
extern void (*const kInterposedFamily[])();

}  // namespace heapreel::hooks
