// Looks functions up along the loader's own list of modules.
//
// dlsym is not used, because game overlays stand in front of the C library's dlsym and dlopen. RTLD_NEXT then means
// next after the overlay, which may be this library again. Besides, an overlay should not see look-ups that the program
// never made.
#pragma once

#include <link.h>

#include <cstdint>

namespace heapreel::hooks {

// The module and the address at which a name is defined.
struct Definition {
  const link_map* module = nullptr;  // null: it is defined nowhere
  void* address = nullptr;
};

// These functions may be called on any thread, take no lock, allocate nothing and make no system call. They read the
// loader's list without its lock. The modules that a program starts with stay in the list. Call them while no other
// thread unloads a module, or for a name that one of those modules defines.

// The program, which is the first in the list. Null in a static program.
const link_map* first_module() noexcept;

// The library or program that this code is part of. Null outside the loader's main name space (dlmopen).
const link_map* own_module() noexcept;

// Where a library lies. Empty for the program itself, because the list does not say where that is.
struct ModuleCode {
  uintptr_t begin = 0;
  uintptr_t bytes = 0;
};
ModuleCode code_of(const link_map& module) noexcept;

// The function `name` of this module alone; null when it is not there.
void* defined_in(const link_map& module, const char* name) noexcept;

// The name of a file without its folders.
const char* file_name(const char* path) noexcept;

// The first definition in the order in which the loader searches the modules that a program starts with.
Definition first_definition(const char* name) noexcept;

// The first definition after this module. When this module was itself loaded later, that of the C library.
Definition definition_after_own(const char* name) noexcept;

// The C library, libc.so.6; null in a program that has another one.
const link_map* c_library() noexcept;

// Looks the name up in the C library; null when it is not there.
void* in_c_library(const char* name) noexcept;

// Looks the name up in the first loaded module whose file has this name.
void* in_library(const char* file, const char* name) noexcept;

}  // namespace heapreel::hooks
