// What carries the recording into the programs that a followed process executes: our entry of LD_PRELOAD and the
// HEAPREEL variables. A program that can be recorded gets them also where the environment was cleared; one that would
// suffer from them is executed without.
//
// Made for execve and its kin: no lock, no allocation; usable in a vfork child and in a signal handler.
#pragma once

#include <cstddef>

#include "hooks/process/environment.h"
#include "hooks/process/family_page.h"

namespace heapreel::hooks {

// From here on children are followed. To be called once, while the process has one thread and before it executes
// anything.
void carry_to_children(const StartRequest& request) noexcept;
bool is_carried_to_children() noexcept;

// The program's kind when it is executed with `envp`: as program_kind_of has it, or changed to kOtherUser, kOtherRoot or
// kValgrind where that is what keeps it from being recorded.
ProgramKind kind_for_children(ProgramKind kind, char* const* envp) noexcept;

// How many bytes carried_environment needs for `envp`, aligned to a pointer.
size_t carried_environment_bytes(char* const* envp) noexcept;
// `envp` as a program of that kind is to get it: itself, or an array made in `room`.
char* const* carried_environment(char* const* envp, ProgramKind kind, void* room) noexcept;

}  // namespace heapreel::hooks
