// Whether our library can be preloaded into a program, as far as the program's file tells. A library in a program that
// cannot take it may keep the program from starting, so that this must be known before the program is executed.
#pragma once

#include <cstddef>

#include "hooks/process/family_page.h"

namespace heapreel::hooks {

// Says what kind of program `fd` is open on; for a script, its interpreter. The descriptor stays the caller's.
// kUnknown when it cannot be read or is not a program. Makes system calls only and allocates nothing, so that it can
// be used in a vfork child and in a signal handler. Uses about 5 KiB of stack. Leaves errno undefined.
ProgramKind program_kind_of(int fd) noexcept;

// The same of the file at `path`, as seen from the open folder `folder_fd` (or AT_FDCWD).
ProgramKind program_kind_at(int folder_fd, const char* path) noexcept;

// The loader that the program asks for; empty when it asks for none or cannot be read.
inline constexpr size_t kLoaderBytes = 256;
void loader_of(int fd, char (&loader)[kLoaderBytes]) noexcept;

}  // namespace heapreel::hooks
