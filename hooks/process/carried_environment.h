// The variables that carry the recording into the programs that a followed process executes: our entry of LD_PRELOAD
// and the HEAPREEL variables. A program that can be recorded gets them even where the environment was cleared. A
// program that would suffer from them is executed without.
//
// Made for execve and its kin: no lock, no allocation; usable in a vfork child and in a signal handler.
#pragma once

#include <cstddef>

#include "hooks/process/environment.h"
#include "hooks/process/family_page.h"

namespace heapreel::hooks {

// From now on children are followed. Call it once, while the process has one thread and before it executes anything.
void carry_to_children(const StartRequest& request) noexcept;
bool is_carried_to_children() noexcept;

// The kind of a program when it is executed with `envp`: the one that program_kind_of found, or kOtherUser, kOtherRoot
// or kValgrind when one of these keeps it from being recorded.
ProgramKind kind_for_children(ProgramKind kind, char* const* envp) noexcept;

// How many bytes carried_environment needs for `envp`, aligned to a pointer.
size_t carried_environment_bytes(char* const* envp) noexcept;
// The environment for a program of that kind: `envp` itself, or an array that is made in `room`.
char* const* carried_environment(char* const* envp, ProgramKind kind, void* room) noexcept;

}  // namespace heapreel::hooks
