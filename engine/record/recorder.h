// The hooks' side of the engine: they report here that a block was allocated, or is about to be freed.
//
// These functions may be called at any time: before main, in signal handlers, while a thread ends, during exit. They
// never allocate and never throw, and take no lock and make no system call except on the paths that are marked as cold.
// Check tracing() first; when it is off, they do nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/record/tracing_switch.h"
#include "engine/ring/event.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// A block of `n` bytes was given out at `p`. Call it after the real allocator returned the block. A `domain` that
// register_domain() did not return is not recorded, but counted as unrecorded, here and below.
void record_alloc(DomainIndex domain, const void* p, size_t n, const WalkStart& caller) noexcept;

// The block at `p`, for which record_alloc(0, p, ...) follows, was requested with an alignment: it may begin inside of
// one of the allocator's blocks (size_classes.h). This call records nothing.
void expect_aligned_block(const void* p) noexcept;

// The block at `p` ends. Call it before the real allocator gets the block back.
void record_free(DomainIndex domain, const void* p) noexcept;

// The block at `old_p` becomes the one at `new_p`, now of `n` bytes; both are equal when it grew in place. Call it when
// the new block holds the contents, and before the old one is given back. It is one event, so that no cut shows both
// blocks or neither. When the old block is untracked, it is an allocation.
void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const WalkStart& caller) noexcept;

// For allocators with a realloc of their own: call the first before the realloc, and the second with its result.
struct ReallocTicket {
  BlockId block = 0;  // 0: untracked
  uint32_t generation = 0;
};
ReallocTicket record_realloc_begin(DomainIndex domain, const void* p) noexcept;
// A null `new_p` means that the realloc failed: the block stays as it was.
void record_realloc_end(DomainIndex domain, ReallocTicket ticket, const void* old_p, const void* new_p, size_t n,
                        const WalkStart& caller) noexcept;

// Every block that begins in [base, base + bytes) ends. Call it before the memory is handed out again.
void record_arena_reset(DomainIndex domain, const void* base, size_t bytes) noexcept;

// Every block of the domain ends, wherever it is. Call it before the memory is handed out again; nobody else may report
// to the domain meanwhile. It looks at the whole block map of the domain and gives its memory back by system calls, so
// that it must not be called in a signal handler. Not for domain 0, whose blocks the allocator ends itself.
void record_domain_reset(DomainIndex domain) noexcept;

// As record_alloc and record_move, but the caller gives the stack: `depth` program counters, most recent first, of
// which the last is the outermost frame when `reached_bottom`. For tests, and for hosts that know the stack better than
// the walker does.
struct GivenStack {
  const uintptr_t* pcs;
  uint32_t depth;
  bool reached_bottom;
};
void record_alloc(DomainIndex domain, const void* p, size_t n, const GivenStack& stack) noexcept;
void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const GivenStack& stack) noexcept;

// From here on allocations of this thread belong to `scope`, a number from register_scope(), also when tracing starts
// later. Returns the scope before. A number that is no scope changes nothing and is counted as unrecorded.
uint32_t set_scope(uint32_t scope) noexcept;
uint32_t current_scope() noexcept;

// The calling thread gave itself this name, cut to 15 bytes. Threads that have no name at their first event are named
// by the consolidator, as the system knows them by then; the hooks make no system call for it.
void note_thread_name(const char* name) noexcept;

// In a forked child: forgets the parent's arena. Tracing is off.
void detach_after_fork() noexcept;

}  // namespace heapreel::engine
