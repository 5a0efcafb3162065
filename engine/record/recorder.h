// The hooks' side of the engine: an allocation happened, a block is about to be freed.
//
// Callable at any time: before main, in signal handlers, while a thread ends, during exit. Never allocates, takes no
// lock and makes no system call but on the marked cold paths, and never throws. Check tracing() first; all of these
// may also be called when it is off and then do nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/record/tracing_switch.h"
#include "engine/ring/event.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// A block of `n` bytes was given out at `p`. Call after the real allocator returned it. A `domain` that is none (of
// register_domain) is not recorded, but counted as unrecorded, here and below.
void record_alloc(DomainIndex domain, const void* p, size_t n, const WalkStart& caller) noexcept;

// The block at `p`, which is about to be told of by record_alloc(0, p, ...), may begin within one of the allocator's
// blocks (size_classes.h): it was asked for with an alignment. Nothing is recorded.
void expect_aligned_block(const void* p) noexcept;

// The block at `p` ends. Call before the real allocator gets it back.
void record_free(DomainIndex domain, const void* p) noexcept;

// The block at `old_p` becomes the one at `new_p` (equal when it grew in place), now of `n` bytes. Call when the new
// block holds the contents and before the old one is released: one event, so that no cut shows both or neither.
// An untracked old block makes it an allocation.
void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const WalkStart& caller) noexcept;

// For allocators whose realloc is theirs: begin before the call, end with its result.
struct ReallocTicket {
  BlockId block = 0;  // 0: untracked
  uint32_t generation = 0;
};
ReallocTicket record_realloc_begin(DomainIndex domain, const void* p) noexcept;
// A null `new_p` is a failed realloc: the block stays as it was.
void record_realloc_end(DomainIndex domain, ReallocTicket ticket, const void* old_p, const void* new_p, size_t n,
                        const WalkStart& caller) noexcept;

// Every block that begins in [base, base + bytes) ends. Call before the memory is handed out again.
void record_arena_reset(DomainIndex domain, const void* base, size_t bytes) noexcept;

// Every block of the domain ends, wherever it is. Call before its memory is handed out again; nobody else may report to the
// domain meanwhile. Looks at all of the domain's block map, and gives its memory back: it makes system calls, so that it
// must not be called in a signal handler. Not of domain 0, whose blocks the allocator ends itself.
void record_domain_reset(DomainIndex domain) noexcept;

// The block of `outer` that begins at `p` is memory that `domain` hands out in pieces, until the block ends. False when
// there is no such block in the record, and when a domain is none; true where nothing is recorded.
bool record_heap(DomainIndex domain, DomainIndex outer, const void* p) noexcept;

// As record_alloc and record_move, with the stack given: `depth` program counters, most recent first, of which the
// last is the outermost when `reached_bottom`. For tests and for hosts that know better than the walker.
struct GivenStack {
  const uintptr_t* pcs;
  uint32_t depth;
  bool reached_bottom;
};
void record_alloc(DomainIndex domain, const void* p, size_t n, const GivenStack& stack) noexcept;
void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const GivenStack& stack) noexcept;

// Allocations of this thread from here on belong to `scope`, from register_scope(); also when tracing starts later.
// Returns the scope before. A scope that is none changes nothing and is counted as unrecorded.
uint32_t set_scope(uint32_t scope) noexcept;
uint32_t current_scope() noexcept;

// The calling thread called itself so. Threads that said nothing before their first event are named by the
// consolidator, as the system knows them by then; the hooks make no system call for it. Cut to 15 bytes.
void note_thread_name(const char* name) noexcept;

// In a forked child: forgets the parent's arena. Tracing is off.
void detach_after_fork() noexcept;

}  // namespace heapreel::engine
