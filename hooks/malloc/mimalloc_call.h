// A call of one of mimalloc's own functions that reached its hook: which function it goes on to, and whether the
// program made it.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/record/recorder.h"
#include "hooks/base/message.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {

// The hook's function in mimalloc. A program can call a hook only where some mimalloc has the function.
template <class Function>
Function* mimalloc_definition(std::atomic<Function*>& cache, const char* name) {
  Function* const next = next_definition(cache, name);
  if (next == nullptr) [[unlikely]]
    die("a program calls a function of mimalloc's that no loaded library has");
  return next;
}

// Whether the call comes from mimalloc, which calls itself through its linkage table, or from the hooks: it is then
// part of a call that is recorded already.
bool is_inner_call(uintptr_t return_address) noexcept;

// Whether a call that returns there may have to be recorded.
[[gnu::always_inline]] inline bool is_to_record(const void* return_address) noexcept {
  return !engine::idle() && !is_inner_call(reinterpret_cast<uintptr_t>(return_address));
}

}  // namespace heapreel::hooks
