// Whether an address is where a call returns to: for stacks through code that no table describes, where a word that
// merely looks like a return address must not become a frame.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// Whether the instruction before `pc` is a call. May ask the kernel whether the code can be read; what a program could
// not execute is none of it, whatever it looks like. What calls look like is the architecture's affair.
bool is_call_site(uintptr_t pc) noexcept;

}  // namespace heapreel::engine
