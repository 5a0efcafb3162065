// HEAPREEL_TAIL_CALL f(...) ends a hook by a jump to f, which has the hook's own type: the hook then has no frame left.
// So a hook that has nothing to record needs no frame, and HEAPREEL_WALK_START() means the same in f as in the hook.
#pragma once

#if defined(__clang__)
#define HEAPREEL_TAIL_CALL [[clang::musttail]] return
#else
// g++ 12 has no such attribute. There the hooks are always compiled with optimization, and a test checks where walks
// begin.
#define HEAPREEL_TAIL_CALL return
#endif
