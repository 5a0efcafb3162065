// One line on stderr, for the few things a preloaded library has to say. No stdio: it may be long before
// main.
#pragma once

namespace heapreel::hooks {

// Writes "heapreel: <text><more>\n" in one system call.
[[gnu::cold]] void say(const char* text, const char* more = "") noexcept;

// Says it and aborts: only where going on would corrupt the program.
[[noreturn, gnu::cold]] void die(const char* text) noexcept;

}  // namespace heapreel::hooks
