// start() and stop(), which also begin and end the reel that a program records of itself.
#include <heapreel/heapreel_c.h>
#include <heapreel/tracing.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include "engine/memory/sanitized_program.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/in_process_judging.h"
#include "snapshot/reel/in_process_reel.h"

extern "C" [[gnu::weak]] int heapreel_start(const heapreel_start_options* options) noexcept;

namespace heapreel {

static_assert(kMaxTracebackLimit == engine::TracerOptions::kMaxTracebackLimit);
static_assert(kDefaultTracebackLimit == engine::TracerOptions{}.traceback_limit);
static_assert(static_cast<uint8_t>(OnBreach::abort) == static_cast<uint8_t>(engine::kLastOnBreach));
static_assert(static_cast<uint8_t>(OnBreach::abort) == HEAPREEL_BREACH_ABORT);

namespace {

void begin_reel(const StartOptions& options, bool was_tracing) {
  try {
    begin_in_process_reel({.path = options.reel,
                           .overwrite = options.overwrite_reel,
                           .max_bytes = options.max_reel_bytes,
                           .every_game_frame = options.every_game_frame});
  } catch (...) {
    if (!was_tracing) engine::stop();
    throw;
  }
}

// Kept for the life of the process, because the function may be running when another one takes its place.
void keep_callback(const std::function<void(const BudgetBreach&)>& callback) {
  const engine::UntracedScope untraced;
  using Callback = std::function<void(const BudgetBreach&)>;
  const auto call = [](const heapreel_breach* breach, void* context) {
    (*static_cast<Callback*>(context))({.budget = breach->budget,
                                        .limit = breach->limit,
                                        .value = breach->value,
                                        .most = breach->most,
                                        .game_frame = breach->game_frame,
                                        .site = breach->site,
                                        .message = breach->message});
  };
  engine::set_breach_callback({call, new Callback(callback)});
}

// The hooks listen. A test of the tracer alone has no hooks.
void listen() {
  heapreel_start_options options = {};
  options.size = sizeof options;
  options.listen = 1;
  if (&heapreel_start == nullptr || heapreel_start(&options) != HEAPREEL_OK) {
    throw CannotTrace("heapreel cannot wait for `heapreel attach`: no thread can be started for it");
  }
}

}  // namespace

void start(int traceback_limit) {
  start(StartOptions{.traceback_limit = traceback_limit});
}

void start(const StartOptions& options) {
  if (options.traceback_limit < 1 || options.traceback_limit > kMaxTracebackLimit) {
    throw std::invalid_argument("the number of frames must be in range [1; " + std::to_string(kMaxTracebackLimit) +
                                "]");
  }
  if (options.listen) return listen();
  engine::TracerOptions tracer;
  tracer.traceback_limit = options.traceback_limit;
  tracer.ring_budget = options.ring_budget;
  tracer.memory_budget = options.memory_budget;
  tracer.keep_peak = options.keep_peak;
  tracer.frame_every_ms = options.frame_every_ms;
  tracer.on_breach = static_cast<engine::OnBreach>(options.on_breach);
  if (options.breach_callback) keep_callback(options.breach_callback);
  const bool was_tracing = engine::is_tracing();
  if (engine::start(tracer) && engine::start_consolidator()) {
    if (!options.reel.empty()) begin_reel(options, was_tracing);
    return;
  }
  if (engine::program_is_sanitized()) {
    throw CannotTrace(
        "heapreel cannot trace a program that is built with a sanitizer: the sanitizer keeps the addresses that "
        "the tracer needs, and has its own malloc");
  }
  if (engine::arena_room(false) == engine::ArenaRoom::kNone) {
    throw CannotTrace("memory is limited (ulimit -v or -d, or vm.overcommit_memory=2), and the program needs it");
  }
  throw CannotTrace("the tracer has no memory, no address space or no thread left to start with");
}

void stop() {
  judge_what_is_left();
  finish_in_process_reel(ReelEnding::kDetached, 0);
  engine::stop();
}

}  // namespace heapreel

namespace {

// The members that the caller's version of a struct has; all others are 0.
template <class Options>
Options known_part(const Options* given) {
  Options options = {};
  if (given != nullptr) std::memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
  return options;
}

}  // namespace

extern "C" int heapreel_start_reel(const heapreel_start_options* given,
                                   const heapreel_reel_options* given_reel) noexcept {
  const heapreel_start_options options = known_part(given);
  const heapreel_reel_options reel = known_part(given_reel);
  if (reel.path == nullptr || reel.path[0] == '\0') return HEAPREEL_BAD_ARGUMENT;
  try {
    heapreel::StartOptions start;
    if (options.traceback_limit != 0) start.traceback_limit = options.traceback_limit;
    if (options.frame_every_ms != 0) start.frame_every_ms = options.frame_every_ms;
    if (options.ring_budget != 0) start.ring_budget = options.ring_budget;
    start.memory_budget = options.memory_budget;
    if (options.on_breach > HEAPREEL_BREACH_ABORT) return HEAPREEL_BAD_ARGUMENT;
    start.on_breach = static_cast<heapreel::OnBreach>(options.on_breach);
    if (options.breach_callback != nullptr)
      heapreel::engine::set_breach_callback({options.breach_callback, options.breach_context});
    start.reel = reel.path;
    start.overwrite_reel = reel.overwrite != 0;
    start.max_reel_bytes = reel.max_bytes;
    start.every_game_frame = reel.every_game_frame != 0;
    heapreel::start(start);
    return HEAPREEL_OK;
  } catch (const std::invalid_argument&) {
    return HEAPREEL_BAD_ARGUMENT;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "heapreel: %s\n", error.what());
    return HEAPREEL_FAILED;
  }
}

extern "C" void heapreel_stop_reel() noexcept {
  heapreel::stop();
}
