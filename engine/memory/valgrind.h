#pragma once

namespace heapreel::engine {

// Whether valgrind interprets this process: its tools look at every address that is mapped, and may put another malloc in
// front of every other. No system call.
bool runs_on_valgrind();

}  // namespace heapreel::engine
