// Finds the name in the text that a demangler writes for a function.
#pragma once

#include <string_view>

namespace heapreel {

// `function` without the return type that stands before the name of an instantiated function template:
// "user::make<int>(int)" of "std::vector<int> user::make<int>(int)". Where a pointer to a function, or a reference to
// an array, is returned, the name is inside and what stands behind it goes as well: "user::get<int>()" of "void
// (*user::get<int>())(char)". Any other name, and one whose brackets do not match, comes back as it is.
std::string_view without_return_type(std::string_view function);

}  // namespace heapreel
