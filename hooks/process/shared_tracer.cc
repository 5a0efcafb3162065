#include "hooks/process/shared_tracer.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/tracer/tracer_functions.h"
#include "hooks/base/loaded_modules.h"
#include "hooks/base/module_note.h"

// Where this copy's functions are. The note below names this word.
extern "C"
    [[gnu::visibility("hidden"), gnu::used]] const heapreel::engine::TracerFunctions* const heapreel_own_functions =
        &heapreel::engine::kOwnTracerFunctions;

// Every copy of heapreel carries this note, from which all others find its functions. A program that the static library
// was linked into exports nothing of it but what other libraries call, and a symbol could not be found there.
__asm__(
    ".pushsection .note.heapreel, \"a\", %note\n"
    ".balign 4\n"
    ".long 9, 8, 1\n"
    ".asciz \"heapreel\"\n"
    ".balign 4\n"
    ".Lheapreel_note_content:\n"
    ".quad heapreel_own_functions - .Lheapreel_note_content\n"
    ".popsection\n");

namespace heapreel::hooks {
namespace {

using engine::TracerFunctions;

// Null when there is no copy of heapreel in the module.
const TracerFunctions* functions_in(const link_map& module) {
  int64_t distance = 0;
  const void* const note = find_note(module, "heapreel", 1, sizeof distance);
  if (note == nullptr) return nullptr;
  std::memcpy(&distance, note, sizeof distance);
  return *reinterpret_cast<const TracerFunctions* const*>(reinterpret_cast<uintptr_t>(note) +
                                                          static_cast<uintptr_t>(distance));
}

// The functions of the copy that has the tracer.
const TracerFunctions& first_functions() {
  const Definition malloc = first_definition("malloc");
  if (malloc.module != nullptr) {
    if (const TracerFunctions* const functions = functions_in(*malloc.module); functions != nullptr) return *functions;
  }
  for (const link_map* module = first_module(); module != nullptr; module = module->l_next) {
    if (const TracerFunctions* const functions = functions_in(*module); functions != nullptr) return *functions;
  }
  return engine::kOwnTracerFunctions;  // a static program, or another name space (dlmopen)
}

bool is_searched_before_own(const link_map& module) {
  const link_map* const own = own_module();
  for (const link_map* each = first_module(); each != nullptr && each != own; each = each->l_next) {
    if (each == &module) return own != nullptr;
  }
  return false;
}

}  // namespace

bool is_second_copy() noexcept {
  return &first_functions() != &engine::kOwnTracerFunctions;
}

bool share_tracer() noexcept {
  return engine::use_tracer_functions(first_functions());
}

ProgramMalloc program_malloc() noexcept {
  const Definition malloc = first_definition("malloc");
  if (malloc.module == nullptr || functions_in(*malloc.module) != nullptr) return ProgramMalloc::kOfHeapreel;
  if (malloc.module == c_library() || !is_searched_before_own(*malloc.module)) return ProgramMalloc::kBehind;
  return malloc.module == first_module() ? ProgramMalloc::kOfProgram : ProgramMalloc::kInFront;
}

bool is_hidden_in_program() noexcept {
  const link_map* const program = first_module();
  if (program == nullptr || own_module() != program) return false;
  return first_definition("malloc").module != program;
}

void call_program_malloc() noexcept {
  const Definition malloc = first_definition("malloc");
  const Definition free = first_definition("free");
  if (malloc.module == nullptr || malloc.module != free.module) return;
  reinterpret_cast<void (*)(void*)>(free.address)(reinterpret_cast<void* (*)(size_t)>(malloc.address)(1));
}

}  // namespace heapreel::hooks
