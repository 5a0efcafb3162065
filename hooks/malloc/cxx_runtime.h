// What operator new does when memory is short. This library does not link a C++ runtime, because a preloaded library
// must also work in C programs, and must not be the second libstdc++ in a program that has one.
//
// Whoever called operator new has a C++ runtime loaded. Its own operator new of the same name knows how to
// run the new_handler loop, to throw std::bad_alloc and, in the nothrow forms, to catch what a handler
// throws. It takes its memory from malloc or aligned_alloc, that is, from our hooks, so a handler that makes
// room gets the block recorded there, once.
#pragma once

#include <cstddef>

namespace heapreel::hooks {

// The loaded runtime's own definition of an allocation function. When there is no runtime, it says so and aborts.
[[gnu::cold]] void* in_cxx_runtime(const char* symbol) noexcept;

template <class... Arguments>
[[gnu::cold, gnu::noinline]] void* ask_cxx_runtime(const char* symbol, Arguments... arguments) {
  return reinterpret_cast<void* (*)(Arguments...)>(in_cxx_runtime(symbol))(arguments...);
}

}  // namespace heapreel::hooks
