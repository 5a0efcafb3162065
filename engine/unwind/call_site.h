// Whether an address is where a call returns to: for stacks through code that no table describes, where a word that
// merely looks like a return address must not become a frame.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// Whether the instruction before `pc` is a call. May ask the kernel whether the memory can be read. Memory that the program
// could not execute has no calls, whatever it looks like. There is one file for each architecture.
bool is_call_site(uintptr_t pc) noexcept;

}  // namespace heapreel::engine
