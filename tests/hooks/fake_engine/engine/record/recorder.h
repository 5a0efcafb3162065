// The engine's hot path as the hooks see it, recording into a plain log (fake_recorder.h). It stands in for
// the real header: tests put this folder before the project's root in the include path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/record/tracing_switch.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

using BlockId = uint32_t;
using DomainIndex = uint32_t;
inline constexpr uint32_t kMaxDomains = 4096;

void record_alloc(DomainIndex domain, const void* p, size_t n, const WalkStart& walk) noexcept;
inline void expect_aligned_block(const void*) noexcept {}
void record_free(DomainIndex domain, const void* p) noexcept;
void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const WalkStart& walk) noexcept;

struct ReallocTicket {
  BlockId block = 0;
  uint32_t generation = 0;
};
ReallocTicket record_realloc_begin(DomainIndex domain, const void* p) noexcept;
void record_realloc_end(DomainIndex domain, ReallocTicket ticket, const void* old_p, const void* new_p, size_t n,
                        const WalkStart& walk) noexcept;
void note_thread_name(const char* name) noexcept;
void record_arena_reset(DomainIndex domain, const void* base, size_t bytes) noexcept;
void record_domain_reset(DomainIndex domain) noexcept;
bool record_heap(DomainIndex domain, DomainIndex outer, const void* p) noexcept;
uint32_t set_scope(uint32_t scope) noexcept;
uint32_t current_scope() noexcept;

}  // namespace heapreel::engine
