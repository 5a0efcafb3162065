// Writes one line to stderr, for the few messages of a preloaded library. It does not use stdio, because it may run
// long before main.
#pragma once

namespace heapreel::hooks {

// Writes "heapreel: <text><more>\n" in one system call.
[[gnu::cold]] void say(const char* text, const char* more = "") noexcept;

// Writes the line and aborts. Only for cases in which going on would corrupt the program.
[[noreturn, gnu::cold]] void die(const char* text) noexcept;

}  // namespace heapreel::hooks
