// HEAPREEL and HEAPREEL_OPTIONS: the one table of start options, and its parser. Read by the preload library
// before main, by `heapreel run` to refuse a bad value, and by `heapreel help options`. Allocates nothing and
// needs no C++ runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/record/tracer_options.h"

namespace heapreel::hooks {

enum class OptionType : uint8_t {
  kBytes,     // a number with an optional suffix K, M, G or T (powers of 1024)
  kNumber,    // a decimal number
  kSwitch,    // 0 or 1
  kOverload,  // stop or block
  kOnBreach,  // log, none, callback, debug or abort
};

struct Option {
  const char* name;
  OptionType type;
  uint64_t min;
  uint64_t max;
  const char* help;  // one line, with the unit
  void (*store)(engine::TracerOptions&, uint64_t);
  uint64_t (*load)(
      const engine::TracerOptions&);  // reads the option; from a default-constructed TracerOptions, its default
};

std::span<const Option> option_table() noexcept;
// In the order of engine::OnBreach.
inline constexpr const char* kOnBreachNames[] = {"log", "none", "callback", "debug", "abort"};

// Large enough for every message of the two parsers, which end in '\0' and hold no newline.
inline constexpr size_t kErrorTextBytes = 256;
using ErrorText = char[kErrorTextBytes];

// The grammar of PYTHONTRACEMALLOC: empty or 0 is off (`wanted` = false), 1 ... kMaxTracebackLimit is the
// traceback limit; leading blanks and a '+' are accepted. False, with `error` filled in, for anything else.
bool parse_frames(const char* text, engine::TracerOptions& options, bool& wanted, ErrorText& error) noexcept;

// "key=value:key=value"; empty pieces are skipped and a later value wins. On an error nothing is promised
// about `options`, and `error` names the piece that is wrong and what would be right.
bool parse_options(const char* text, engine::TracerOptions& options, ErrorText& error) noexcept;

// Whether options that were parsed without an error ask to listen (attach_listener.h).
bool listens(const char* text) noexcept;

}  // namespace heapreel::hooks
