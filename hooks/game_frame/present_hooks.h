// What a program gets when it looks up, by name, a function that shows a picture or one that looks functions up.
#pragma once

namespace heapreel::hooks {

// Ours in front of `real`, when `name` is one of present_functions.def's; else, and when there are no more places, `real`.
// Any thread; does not lock or allocate.
void* hooked_by_name(const char* name, void* real) noexcept;

}  // namespace heapreel::hooks
