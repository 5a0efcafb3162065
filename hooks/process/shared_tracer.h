// A process has one tracer, however many copies of heapreel are in it: a program that links heapreel and runs under
// `heapreel run` has two, and a plugin may bring a third. The tracer is that of the copy whose malloc the program
// calls, or that of the first copy where the program calls another malloc. The other copies use it as their own.
#pragma once

namespace heapreel::hooks {

// All functions here look along the loader's list of modules, and may be called as soon as this copy is relocated.

// Whether another copy of heapreel has the tracer.
bool is_second_copy() noexcept;

// Makes this copy use the other copy's tracer. False when the other is of another version.
bool share_tracer() noexcept;

// Which malloc the program calls: the first that the loader finds, which every module calls.
enum class ProgramMalloc : unsigned char {
  kOfHeapreel,  // that of this copy, or of another one
  kOfProgram,   // the program's own, which may hand calls on to this copy
  kInFront,     // that of a library that is searched before this copy, and may hand calls on to it
  kBehind,      // that of a library before which this copy came too late, by dlopen or by its place
};
ProgramMalloc program_malloc() noexcept;

// Whether this copy was linked into the program and its hooks are hidden there (-Wl,--exclude-libs): the program calls
// them, and its libraries call others.
bool is_hidden_in_program() noexcept;

// Calls the program's malloc and free once.
void call_program_malloc() noexcept;

}  // namespace heapreel::hooks
