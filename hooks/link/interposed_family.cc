// Refers to every interposed function, so that a program that links the static library gets the whole family, however
// few of them it calls itself. Otherwise a block of its libraries could be allocated by one allocator and freed by
// another.
#include "hooks/link/interposed_family.h"

// Declared under other names, because the compiler knows some of these functions and their types.
#define HEAPREEL_INTERPOSED(symbol) extern "C" void heapreel_family_##symbol() __asm__(#symbol);
#include "hooks/link/interposed_symbols.def"
#undef HEAPREEL_INTERPOSED

namespace heapreel::hooks {

#define HEAPREEL_INTERPOSED(symbol) heapreel_family_##symbol,
void (*const kInterposedFamily[])() = {
#include "hooks/link/interposed_symbols.def"
};
#undef HEAPREEL_INTERPOSED

}  // namespace heapreel::hooks
