// One tracer per process, however many copies of heapreel are in it: a program that links heapreel and runs under
// `heapreel run` has two, and a plugin may bring a third. The tracer is that of the copy whose malloc the program calls;
// where the program calls another malloc, that of the first copy. The other copies see it as their own.
#pragma once

namespace heapreel::hooks {

// All of these look along the loader's list of modules, and may be called as soon as this copy is relocated.

// Whether another copy of heapreel has the tracer.
bool is_second_copy() noexcept;

// Makes the other copy's tracer this one's. False when the other is of another version.
bool share_tracer() noexcept;

// Whose the program's malloc is: the first that the loader finds, which every module calls.
enum class ProgramMalloc : unsigned char {
  kOfHeapreel,  // of this copy, or of another one
  kOfProgram,   // of the program, which may hand calls on to this copy
  kInFront,     // of a library that is searched before this copy, and may hand calls on to it
  kBehind,      // of one that this copy came too late for, being loaded by dlopen or after it
};
ProgramMalloc program_malloc() noexcept;

// Whether this copy was linked into the program, which keeps its hooks to itself (-Wl,--exclude-libs): the program calls
// them, and its libraries call others.
bool is_hidden_in_program() noexcept;

// Calls the program's malloc and free once.
void call_program_malloc() noexcept;

}  // namespace heapreel::hooks
