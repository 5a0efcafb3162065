/* What the adapters share. An adapter stands between a library and the allocator that the library was given, and
 * reports each block of the library in a domain of its own.
 *
 * The adapters are headers over <heapreel/engine.h>, for C99 and C++17 and later unless one says otherwise. They follow
 * its macros: without HEAPREEL_ENABLE they report nothing and only hand calls on; with HEAPREEL_WEAK nothing needs to
 * be linked. Once an adapter is installed, its functions may be called on any thread. Blocks that a library allocated
 * before its adapter was installed are not reported.
 *
 * Memory that an adapter takes from malloc counts in domain 0 as well, as everything from malloc does. `heapreel
 * domains` shows how much lies in both.
 */
#ifndef HEAPREEL_ADAPTERS_ADAPTER_H
#define HEAPREEL_ADAPTERS_ADAPTER_H

#include <heapreel/engine.h>

/* Of a function or variable: one in a program or library, however many of its sources include the header. */
#define HEAPREEL_ADAPTER __attribute__((weak, visibility("hidden")))

#endif
