#include "hooks/process/start.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "engine/memory/sanitized_program.h"
#include "engine/memory/valgrind.h"
#include "engine/tracer/tracer.h"
#include "hooks/backend/backend.h"
#include "hooks/base/message.h"
#include "hooks/link/interposed_family.h"
#include "hooks/process/arena_request.h"
#include "hooks/process/attach_listener.h"
#include "hooks/process/call_filter.h"
#include "hooks/process/carried_environment.h"
#include "hooks/process/environment.h"
#include "hooks/process/family_page.h"
#include "hooks/process/options.h"
#include "hooks/process/reference_unwinders.h"
#include "hooks/process/shared_tracer.h"

namespace heapreel::hooks {

namespace {

enum class StartState : int { kUndecided, kDeciding, kDecided };

// relaxed throughout: a thread that reads an old state merely tries to decide, which the exchange settles;
// whether tracing is on is the engine's word, not this one.
constinit std::atomic<StartState> start_state = StartState::kUndecided;

// When one hook is linked from the static library, it brings the others along.
[[gnu::used]] void (*const* const whole_family)() = kInterposedFamily;

// The deciding thread sets these before kDecided, and the constructor reads them.
constinit StartRequest request = {};
constinit engine::TracerOptions options = {};
constinit bool started = false;
constinit pid_t started_as = 0;              // the process that is traced
constinit pid_t forked_as = 0;               // this process's number, if it was forked from a traced one
constinit bool forked_under_filter = false;  // a system call may end this process, which was forked from a traced one
constinit bool wants_reference_unwinders = false;
constinit bool wants_to_listen = false;
// Whether a call of the program's malloc, which the constructor makes while it decides, came to this copy's hooks.
enum class Probe : unsigned char { kNotMade, kUnderWay, kCameHere, kDidNot };
constinit Probe probe = Probe::kNotMade;

void say_malloc_is_missed() {
  say("this program's malloc is not heapreel's, so that nothing of it is recorded: preload heapreel, link the program "
      "itself to it, or take the other malloc out");
}

void say_malloc_is_hidden() {
  say("this program was linked so that its libraries cannot call heapreel's malloc (-Wl,--exclude-libs): what they "
      "allocate is not recorded");
}

// A library in front may hand calls of the program on to this copy, as overlays do, or take its place, as another
// allocator does, or valgrind's memcheck. Only a call tells. Only the constructor makes one, because a hook may be
// called with locks held. A malloc of the program itself is not called, because it may not be ready before main.
void probe_malloc() {
  if (program_malloc() != ProgramMalloc::kInFront && !engine::runs_on_valgrind()) return;
  probe = Probe::kUnderWay;
  call_program_malloc();
  if (probe == Probe::kUnderWay) probe = Probe::kDidNot;
}

void look_for_malloc() {
  if (is_hidden_in_program()) return engine::miss_malloc(say_malloc_is_hidden);
  const ProgramMalloc malloc = program_malloc();
  // `heapreel run` looks into the program's file.
  const bool is_run = options.arena_fd >= 0 || options.control_socket != 0;
  const bool misses = malloc == ProgramMalloc::kBehind || (malloc == ProgramMalloc::kOfProgram && !is_run);
  if (misses || probe == Probe::kDidNot) engine::miss_malloc(say_malloc_is_missed);
}

// False, after saying why, when this process is not traced.
bool start_tracer(ArenaRequest::Start how) {
  engine::TracerOptions wanted = options;
  if (wanted.control_socket != 0) {
    const ArenaOffer offer = request_arena(wanted.control_socket, how);
    if (offer.outcome == ArenaOffer::kRefused) return false;  // the run says so in its summary
    if (offer.outcome == ArenaOffer::kNobodyThere) {
      // Where the run can be told, it says so itself.
      if (offer.is_known_to_run && g_family_page != nullptr) return false;
      if (count_not_asked(offer.why)) return false;
      say("`heapreel run`, which records this program, is gone, cannot be reached or is too busy; running untraced");
      return false;
    }
    wanted.arena_fd = offer.fd;
  }
  started_as = getpid();
  const engine::ArenaRoom room = engine::arena_room(wanted.arena_fd >= 0);
  const bool done = engine::start(wanted);
  // The arena is mapped now, or of no use. Its descriptor is closed, so that the program's own descriptors get the
  // numbers that they would get untraced.
  if (wanted.arena_fd >= 0) close(wanted.arena_fd);
  if (!done && wanted.control_socket != 0) count_not_asked(NotAsked::kNoMemory);
  if (!done && room == engine::ArenaRoom::kNone) {
    say("memory is limited (ulimit -v or -d, or vm.overcommit_memory=2), and the program needs all of it; running "
        "untraced");
  } else if (!done) {
    say("the tracer could not start; running untraced");
  } else if (room == engine::ArenaRoom::kLess) {
    say("memory is limited (ulimit -v or -d, or vm.overcommit_memory=2); the tracer uses a quarter of it at most");
  } else if (wanted.memory_budget == 0 && engine::default_memory_budget() < wanted.kDefaultMemoryBudget) {
    say("the memory of the control group is limited; the tracer uses a quarter of it at most (memory_budget)");
  }
  return done;
}

void start_as_requested() {
  if (!request.present || is_second_copy()) return;
  char error[kErrorTextBytes];
  bool wanted = false;
  if (request.too_long) return say("HEAPREEL or HEAPREEL_OPTIONS is too long; running untraced");
  if (!parse_frames(request.frames, options, wanted, error) || !parse_options(request.options, options, error)) {
    return say(error, "; running untraced");
  }
  wants_to_listen = listens(request.options);
  if (!wanted) return;
  if (engine::program_is_sanitized()) {
    return say("this program is built with a sanitizer, which has its own malloc; running untraced");
  }
  started = start_tracer(ArenaRequest::kExecuted);
  wants_reference_unwinders = started && options.crosscheck_stacks;
  if (wants_reference_unwinders && options.arena_fd < 0) {
    wants_reference_unwinders = false;
    say("crosscheck_stacks works only under `heapreel run` without --follow-forks; stacks are not compared");
  }
}

// Whether the child is traced is decided at its first allocation: most children only execute a program.
void on_fork_in_child() {
  engine::after_fork_in_child();
  // The parent may be such a child as well, which had not come to its first allocation.
  const bool is_of_followed = started || forked_as != 0 || forked_under_filter;
  if (!is_of_followed || options.control_socket == 0) return;
  started = false;
  forked_under_filter = may_have_set_call_filter();
  if (!forked_under_filter) forked_as = getpid();
  start_state.store(StartState::kUndecided, std::memory_order_relaxed);
}

// Only the thread that forked is here. The others may have held any lock at that moment, so nothing here takes a lock
// that they could hold. False in a vfork child, which borrows its parent's memory and must leave the decision to it.
bool start_in_forked_child() {
  if (getpid() != forked_as) return false;
  started = start_tracer(ArenaRequest::kForked);
  return true;
}

enum class Caller : unsigned char { kHook, kConstructor };

// True when this thread has just decided, or another one had.
bool decide(Caller caller) {
  StartState seen = StartState::kUndecided;
  if (!start_state.compare_exchange_strong(seen, StartState::kDeciding, std::memory_order_relaxed)) {
    if (probe == Probe::kUnderWay) probe = Probe::kCameHere;
    // A child of which no handler of pthread_atfork was told is not traced, and that is counted.
    if (seen == StartState::kDecided && started && options.control_socket != 0 && getpid() != started_as) {
      count_not_asked(NotAsked::kRawFork);
    }
    return seen == StartState::kDecided;
  }
  const int saved_errno = errno;
  // Another copy of heapreel allocates for this one too, and would record what this one tries out.
  if (!is_second_copy()) {
    backend::prepare();
    if (caller == Caller::kConstructor) probe_malloc();
  }
  StartState outcome = StartState::kDecided;
  // A set-user-id program must not be steered by its caller's environment.
  if (forked_under_filter) {
    count_not_asked(NotAsked::kFiltered);
  } else if (forked_as != 0) {
    if (!start_in_forked_child()) outcome = StartState::kUndecided;
  } else if (getauxval(AT_SECURE) == 0) {
    if (read_start_request(request)) {
      start_as_requested();
    } else {
      outcome = StartState::kUndecided;  // too early, and no /proc: the constructor will know
    }
  }
  start_state.store(outcome, std::memory_order_relaxed);
  errno = saved_errno;
  return outcome == StartState::kDecided;
}

// Runs when threads can be made and the program's environment can be read.
[[gnu::constructor]] void on_load() {
  if (!engine::tracing() && !engine::idle() && decide(Caller::kConstructor)) engine::settle_idle();
  if (is_second_copy()) {
    if (!share_tracer())
      say("another version of heapreel is in this program: calls of this program to its own copy have no effect");
    if (is_hidden_in_program()) engine::miss_malloc(say_malloc_is_hidden);
    return;
  }
  look_for_malloc();
  if (started && !engine::start_consolidator()) {
    engine::stop();
    say("the thread of the tracer could not be made; running untraced");
  }
  if (wants_reference_unwinders) load_reference_unwinders();
  const bool for_children = started && options.follow_forks;
  if (request.present && !for_children) remove_start_request();
  if (for_children && options.control_socket != 0) carry_to_children(request);
  pthread_atfork(engine::before_fork, engine::after_fork_in_parent, on_fork_in_child);
  if (wants_to_listen) listen_for_attach(backend::kKeepsAllocator);
}

}  // namespace

void decide_start() noexcept {
  if (decide(Caller::kHook)) engine::settle_idle();
}

}  // namespace heapreel::hooks
