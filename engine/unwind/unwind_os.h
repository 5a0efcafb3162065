// The few questions that a stack walk may have to ask the kernel. None changes errno, none allocates, and all may be
// asked in a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::engine::unwind_os {

// Whether the eight bytes at `address` can be read without a fault.
bool is_readable_word(uintptr_t address) noexcept;

// Whether the caller runs on the alternate stack that the thread named for its signal handlers.
bool is_on_signal_stack() noexcept;

// Whether the caller is the thread that the process began with. In a child process that is the thread that forked.
bool is_first_thread() noexcept;

// Writes the absolute path of the running program, also when it was started through the loader
// (/lib64/ld-linux-x86-64.so.2 program). Returns its length; 0 when it is not known.
size_t program_path(char* buffer, size_t capacity) noexcept;

// Writes the absolute path of the file that is mapped at `address`, as the kernel knows it. Returns its length; 0 when
// it is not known.
size_t mapped_path(uintptr_t address, char* buffer, size_t capacity) noexcept;

// Writes the current directory. Returns its length without the terminator; 0 when it is not known.
size_t current_directory(char* buffer, size_t capacity) noexcept;

}  // namespace heapreel::engine::unwind_os
