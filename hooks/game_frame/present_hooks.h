// What a program gets when it looks up, by name, a function that shows a picture, or one that looks functions up.
#pragma once

namespace heapreel::hooks {

// Our hook in front of `real`, when `name` is in present_functions.def and a place is left; otherwise `real`. Any
// thread; takes no lock and allocates nothing.
void* hooked_by_name(const char* name, void* real) noexcept;

}  // namespace heapreel::hooks
