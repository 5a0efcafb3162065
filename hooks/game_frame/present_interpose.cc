// The hooks of calls that show a picture, at which the game frames of an unmodified game end, and of the look-ups by
// which games find them. A game frame ends where such a call begins. The hook then jumps to the real function and has
// no frame on its stack.
//
// One name may stand for several functions: two copies of SDL, a Vulkan driver for each device. Each real function that
// a look-up finds gets a place of its own, with a hook of its own, while there are places. The exported hook stands for
// the function that its caller is linked with.
#include <atomic>
#include <cstddef>
#include <cstring>

#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/tail_call.h"
#include "hooks/game_frame/entry_patch.h"
#include "hooks/game_frame/linked_function.h"
#include "hooks/game_frame/present_boundary.h"
#include "hooks/game_frame/present_hooks.h"

namespace heapreel::hooks {
namespace {

// These functions take up to six words, which are handed on unchanged.
using Word = uintptr_t;
using Function = Word(Word, Word, Word, Word, Word, Word);

enum Name : uint32_t {
#define HEAPREEL_PRESENT(name, shown_on) k_##name,
#define HEAPREEL_LOOKUP(name, argument) k_##name,
#include "hooks/game_frame/present_functions.def"
#undef HEAPREEL_PRESENT
#undef HEAPREEL_LOOKUP
  kNames
};

constexpr const char* kNameTexts[kNames] = {
#define HEAPREEL_PRESENT(name, shown_on) #name,
#define HEAPREEL_LOOKUP(name, argument) #name,
#include "hooks/game_frame/present_functions.def"
#undef HEAPREEL_PRESENT
#undef HEAPREEL_LOOKUP
};

// relaxed, throughout this file: a pointer to a function is all that is shared, and its module stays or is the caller's
// to keep.
constinit std::atomic<Function*> g_loaded_at_start[kNames] = {};
constexpr size_t kPlaces = 4;
constinit std::atomic<Function*> g_looked_up[kNames][kPlaces] = {};

constinit PresentBoundary g_boundary;

// The function that the caller of an exported hook is linked with.
Function* linked_function(Name name, const void* caller) {
  // relaxed: see above
  Function* function = g_loaded_at_start[name].load(std::memory_order_relaxed);
  if (function != nullptr) [[likely]]
    return function;
  function = reinterpret_cast<Function*>(function_loaded_at_start(kNameTexts[name]));
  // relaxed: see above
  g_loaded_at_start[name].store(function, std::memory_order_relaxed);
  if (function != nullptr) return function;
  return reinterpret_cast<Function*>(function_loaded_later(caller, kNameTexts[name]));
}

void note_present(Name name, Word shown_on) {
  if (!engine::tracing() || frames_end_at_entry() || !g_boundary.ends_game_frame(name, shown_on)) return;
  engine::game_frame_ended_by(engine::GameFrameSource::kPresent, name);
}

template <int number>
Word argument(Word a, Word b) {
  return number == 0 ? a : b;
}

// Turns the result that the look-up function `by` found for the name `wanted` into what the program gets. `by` may have
// found the exported hook, because it refers to its own library's function by name: then that function is meant.
Word hooked_result(const char* wanted, Word found, Function* by) {
  const auto* const place = reinterpret_cast<const void*>(found);
  if (wanted != nullptr && found != 0 && is_in_this_library(place)) {
    void* const meant = function_beside(reinterpret_cast<const void*>(by), wanted);
    if (meant != nullptr) found = reinterpret_cast<Word>(meant);
  }
  return reinterpret_cast<Word>(hooked_by_name(wanted, reinterpret_cast<void*>(found)));
}

// The hooks of a function that was looked up.
template <Name name, int shown_on, size_t place>
Word present(Word a, Word b, Word c, Word d, Word e, Word f) {
  note_present(name, argument<shown_on>(a, b));
  // relaxed: see above
  HEAPREEL_TAIL_CALL g_looked_up[name][place].load(std::memory_order_relaxed)(a, b, c, d, e, f);
}

template <Name name, int wanted, size_t place>
Word lookup(Word a, Word b, Word c, Word d, Word e, Word f) {
  // relaxed: see above
  Function* const real = g_looked_up[name][place].load(std::memory_order_relaxed);
  return hooked_result(reinterpret_cast<const char*>(argument<wanted>(a, b)), real(a, b, c, d, e, f), real);
}

constexpr Function* kHooks[kNames][kPlaces] = {
#define HEAPREEL_PLACES(hook, name, number) \
  {hook<k_##name, number, 0>, hook<k_##name, number, 1>, hook<k_##name, number, 2>, hook<k_##name, number, 3>},
#define HEAPREEL_PRESENT(name, shown_on) HEAPREEL_PLACES(present, name, shown_on)
#define HEAPREEL_LOOKUP(name, argument) HEAPREEL_PLACES(lookup, name, argument)
#include "hooks/game_frame/present_functions.def"
#undef HEAPREEL_PRESENT
#undef HEAPREEL_LOOKUP
#undef HEAPREEL_PLACES
};

uint32_t number_of(const char* text) {
  uint32_t name = 0;
  while (name != kNames && std::strcmp(kNameTexts[name], text) != 0) ++name;
  return name;
}

}  // namespace

void* hooked_by_name(const char* text, void* found) noexcept {
  if (text == nullptr || found == nullptr || !engine::tracing()) return found;
  const uint32_t name = number_of(text);
  if (name == kNames || is_in_this_library(found)) return found;
  auto* const real = reinterpret_cast<Function*>(found);
  for (size_t place = 0; place != kPlaces; ++place) {
    Function* taken = nullptr;
    // relaxed: see above
    if (g_looked_up[name][place].compare_exchange_strong(taken, real, std::memory_order_relaxed) || taken == real) {
      return reinterpret_cast<void*>(kHooks[name][place]);
    }
  }
  return found;
}

}  // namespace heapreel::hooks

// The exported hooks. Where there is no real function, nobody can have been linked with one, and they do nothing.
extern "C" {

#define HEAPREEL_PARAMETERS uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f
#define HEAPREEL_PRESENT(name, shown_on)                                                                         \
  HEAPREEL_EXPORT uintptr_t name(HEAPREEL_PARAMETERS) {                                                          \
    heapreel::hooks::note_present(heapreel::hooks::k_##name, heapreel::hooks::argument<shown_on>(a, b));         \
    auto* const real = heapreel::hooks::linked_function(heapreel::hooks::k_##name, __builtin_return_address(0)); \
    if (real == nullptr) return 0;                                                                               \
    HEAPREEL_TAIL_CALL real(a, b, c, d, e, f);                                                                   \
  }
#define HEAPREEL_LOOKUP(name, number)                                                                            \
  HEAPREEL_EXPORT uintptr_t name(HEAPREEL_PARAMETERS) {                                                          \
    auto* const real = heapreel::hooks::linked_function(heapreel::hooks::k_##name, __builtin_return_address(0)); \
    if (real == nullptr) return 0;                                                                               \
    const uintptr_t wanted = heapreel::hooks::argument<number>(a, b);                                            \
    return heapreel::hooks::hooked_result(reinterpret_cast<const char*>(wanted), real(a, b, c, d, e, f), real);  \
  }
#include "hooks/game_frame/present_functions.def"
#undef HEAPREEL_PRESENT
#undef HEAPREEL_LOOKUP
#undef HEAPREEL_PARAMETERS

}  // extern "C"
