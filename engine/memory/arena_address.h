// Where the arena lies. Fixed, so that another process can map it at the same address and follow its pointers.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__has_feature)
#define HEAPREEL_HAS_FEATURE(x) __has_feature(x)
#else
#define HEAPREEL_HAS_FEATURE(x) 0
#endif

namespace heapreel::engine {

// Nothing lies there that Linux, Go (0x00c0 << 32 upwards in 1 TiB steps), ZGC (from 4 TiB), programs under ASan or
// valgrind (below 16 TiB only) map. Sanitizers of our own builds reserve other ranges.
#if defined(__SANITIZE_ADDRESS__) || HEAPREEL_HAS_FEATURE(address_sanitizer)
inline constexpr uintptr_t kArenaAddress = 0x2000'0000'0000;  // above ASan's shadow
#elif defined(__SANITIZE_THREAD__) || HEAPREEL_HAS_FEATURE(thread_sanitizer)
inline constexpr uintptr_t kArenaAddress = 0x0010'0000'0000;  // TSan's low application range ends at 512 GiB
#elif defined(__aarch64__)
// Kernels have 39, 42 or 48 bits of address space. In the smallest of these, 512 GiB, programs begin at two thirds,
// libraries come down from the end, and Go begins at 256 GiB.
inline constexpr uintptr_t kArenaAddress = 0x0010'0000'0000;
#else
inline constexpr uintptr_t kArenaAddress = 0x0200'0000'0000;
#endif

// Address space that the arena keeps; memory is committed page by page as it is touched. A program under RLIMIT_AS
// gives less.
#if defined(__SANITIZE_THREAD__) || HEAPREEL_HAS_FEATURE(thread_sanitizer)
inline constexpr size_t kArenaBytes = size_t{128} << 30;  // all places in that range
#elif defined(__aarch64__)
inline constexpr size_t kArenaBytes = size_t{64} << 30;       // all places below 256 GiB
#else
inline constexpr size_t kArenaBytes = size_t{256} << 30;
#endif
inline constexpr size_t kLeastArenaBytes = size_t{2} << 30;

// Where the next arena of the same process image may lie when the first place is taken.
inline constexpr int kArenaPlaces = 3;

}  // namespace heapreel::engine
