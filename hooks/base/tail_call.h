// HEAPREEL_TAIL_CALL f(...): the hook ends in a jump to f, of its own type, and has no frame left. So a hook that has
// nothing to record needs none, and HEAPREEL_WALK_START() means the same in f as in the hook.
#pragma once

#if defined(__clang__)
#define HEAPREEL_TAIL_CALL [[clang::musttail]] return
#else
// g++ has no such word; the hooks are always compiled with optimization, and a test looks at where walks begin.
#define HEAPREEL_TAIL_CALL return
#endif
