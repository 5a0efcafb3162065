// Under `heapreel run` a program that links libheapreel has the hooks and the engine twice. Only the preloaded hooks
// are called; the linked copy sees their tracer as its own, so that there is one tracer in the process.
#pragma once

namespace heapreel::hooks {

// Whether another copy was loaded before this one, so that the hooks of this copy are never called.
bool is_second_copy() noexcept;

// Makes the other copy's tracer this one's. False when the other is of another version.
bool share_tracer() noexcept;

}  // namespace heapreel::hooks
