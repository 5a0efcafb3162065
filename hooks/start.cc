#include "hooks/start.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/tracer.h"
#include "hooks/environment.h"
#include "hooks/interposed_family.h"
#include "hooks/message.h"
#include "hooks/options.h"

extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] void __msan_init();
}

// Two names for one function of this library: the first is whose the dynamic linker found first, the second is ours.
extern "C" int heapreel_is_tracing() noexcept;
extern "C" int heapreel_is_tracing_here() noexcept;

namespace heapreel::hooks {

constinit std::atomic<StartState> start_state = StartState::kUndecided;

namespace {

// One hook linked from the static library brings the others along.
[[gnu::used]] void (*const* const whole_family)() = kInterposedFamily;

// Set by the deciding thread before kDecided, read in the constructor.
constinit StartRequest request = {};
constinit bool keep_environment = false;
constinit bool started = false;

bool sanitizer_present() {
  return __asan_init != nullptr || __tsan_init != nullptr || __msan_init != nullptr;
}

// Under `heapreel run` a program that links libheapreel has the hooks twice. Only the preloaded ones are called, and
// the arena is theirs.
// volatile: compilers hold that two names are two functions.
int (*volatile const called)() noexcept = heapreel_is_tracing;
int (*volatile const ours)() noexcept = heapreel_is_tracing_here;

bool is_shadowed() {
  return called != ours;
}

void start_as_requested() {
  if (!request.present || is_shadowed()) return;
  char error[kErrorTextBytes];
  engine::TracerOptions options;
  bool wanted = false;
  if (request.too_long) return say("HEAPREEL or HEAPREEL_OPTIONS is too long; running untraced");
  if (!parse_frames(request.frames, options, wanted, error) || !parse_options(request.options, options, error)) {
    return say(error, "; running untraced");
  }
  keep_environment = options.follow_forks;
  if (!wanted) return;
  if (sanitizer_present()) {
    return say("this program is built with a sanitizer, which has its own malloc; running untraced");
  }
  started = engine::start(options);
  // Mapped or of no use: the program finds its descriptors numbered as if untraced.
  if (options.arena_fd >= 0) close(options.arena_fd);
  if (!started) say("the tracer could not start; running untraced");
}

// Once threads can be made and the environment is the program's to read.
[[gnu::constructor]] void on_load() {
  ensure_start_decided();
  if (started && !engine::start_consolidator()) {
    engine::stop();
    say("no thread for the tracer; running untraced");
  }
  if (request.present && !keep_environment && !is_shadowed()) remove_start_request();
  pthread_atfork(nullptr, nullptr, engine::after_fork_in_child);
}

}  // namespace

void decide_start() noexcept {
  StartState undecided = StartState::kUndecided;
  if (!start_state.compare_exchange_strong(undecided, StartState::kDeciding, std::memory_order_relaxed)) return;
  const int saved_errno = errno;
  StartState outcome = StartState::kDecided;
  // A set-user-id program must not be steered by its caller's environment.
  if (getauxval(AT_SECURE) == 0) {
    if (read_start_request(request)) {
      start_as_requested();
    } else {
      outcome = StartState::kUndecided;  // too early, and no /proc: the constructor will know
    }
  }
  start_state.store(outcome, std::memory_order_relaxed);
  errno = saved_errno;
}

}  // namespace heapreel::hooks
