#pragma once

namespace heapreel::engine {

// Whether valgrind interprets this process. Its tools look at every address that is mapped, and may replace malloc.
// Makes no system call.
bool runs_on_valgrind();

}  // namespace heapreel::engine
