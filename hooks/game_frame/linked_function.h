// Which function a module is linked with, for a name that this library exports in front of it.
#pragma once

namespace heapreel::hooks {

// The function among the modules that the program started with, after this library; these modules stay. Null: none of
// them has it. Any thread; takes no lock.
void* function_loaded_at_start(const char* name) noexcept;

// The function that the module of `caller` means by `name`, where function_loaded_at_start() finds nothing: its own, or
// that of a library that it names as needed, or any other. Null: there is none. Any thread; takes the lock of the
// loader's list for some microseconds.
void* function_loaded_later(const void* caller, const char* name) noexcept;

// The function `name` of the module that `address` lies in, and of no other. Null: there is none.
void* function_beside(const void* address, const char* name) noexcept;

// Whether `address` lies in this library.
bool is_in_this_library(const void* address) noexcept;

}  // namespace heapreel::hooks
