// A program that links libheapreel, declares budgets and asks how they were kept: MODE [REEL]. Every game frame makes three
// blocks under the tag Physics, of which one is kept, and none under Audio.
#define HEAPREEL_ENABLE
#include <heapreel/engine.h>
#include <heapreel/heapreel.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

namespace {

void* kept[1000];
int made = 0;
std::string mode;

bool is(const char* name) {
  return mode == name;
}

[[gnu::noinline]] void keep_one() {
  kept[made++] = std::malloc(64);
}
[[gnu::noinline]] void make_two() {
  for (int i = 0; i < 2; ++i) std::free(std::malloc(100));
}
void step() {
  HEAPREEL_TAG("Physics");
  keep_one();
  make_two();
}
void run(int game_frames) {
  for (int i = 0; i < game_frames; ++i) {
    step();
    HEAPREEL_GAME_FRAME();
  }
}

void declare(const char* name, uint64_t allocs, uint64_t live = HEAPREEL_NO_LIMIT) {
  heapreel_budget budget = HEAPREEL_BUDGET_INITIALIZER;
  budget.name = name;
  budget.allocs_per_game_frame = allocs;
  budget.live_bytes = live;
  if (heapreel_declare_budget(&budget) != HEAPREEL_OK) std::abort();
}

// What the callback made, which must count for no budget.
std::atomic<void*> of_callback;
std::atomic<int> calls;

void on_breach(const heapreel::BudgetBreach& breach) {
  of_callback = std::malloc(4321);
  const heapreel::Snapshot snapshot = heapreel::take_snapshot();
  std::printf("%s %s %llu %llu %u %s %d\n", breach.budget.c_str(), breach.limit.c_str(),
              static_cast<unsigned long long>(breach.value), static_cast<unsigned long long>(breach.most),
              breach.game_frame, breach.site.c_str(), snapshot.traces().empty() ? 0 : 1);
  ++calls;
}

int status_in_child() {
  const pid_t child = fork();
  if (child == 0) _exit(heapreel::exit_status());
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  mode = argv[1];
  heapreel::StartOptions options;
  options.frame_every_ms = 0;
  if (argc > 2) {
    options.reel = argv[2];
    options.every_game_frame = true;
  }
  try {
    if (is("untraced")) {
      declare("Physics", 3);
      return heapreel::exit_status();
    }
    if (is("none")) options.on_breach = heapreel::OnBreach::none;
    if (is("debug")) options.on_breach = heapreel::OnBreach::debug;
    if (is("abort")) options.on_breach = heapreel::OnBreach::abort;
    if (is("callback")) {
      options.on_breach = heapreel::OnBreach::callback;
      options.breach_callback = on_breach;
    }
    if (is("timer")) options.frame_every_ms = 1;
    if (is("typo")) declare("Physcis", 3);
    if (is("kept")) declare("Physics", 3);
    if (!is("late") && !is("typo") && !is("kept") && !is("nothing") && !is("details") && !is("stopped") &&
        !is("averages"))
      declare("Physics", 2);
    if (is("averages")) {
      HEAPREEL_BUDGET("Physics", .allocs_per_game_frame_p99 = 1, .allocs_per_game_frame_average = 2,
                      .frees_per_game_frame_average = 1000);
      heapreel::start(options);
      run(5);
      static_cast<void>(heapreel::exit_status());
      return heapreel::exit_status();
    }
    if (is("details")) {
      HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 0, .live_blocks = 3, .allocs_per_game_frame_p99 = 3,
                      .frees_per_game_frame_average = 2, .blocks_left = 2, .from_mark = "loaded", .to_mark = "unloaded",
                      .first_game_frame = 1, .first_mark = "loaded");
      HEAPREEL_BUDGET("Cutscene", .live_bytes = 0, .optional = 1);
      heapreel::start(options);
      run(2);
      HEAPREEL_MARK("loaded");
      run(3);
      HEAPREEL_MARK("unloaded");
      run(2);
      return heapreel::exit_status();
    }
    if (is("stopped")) {
      // The second mark lies in a game frame that never ends.
      HEAPREEL_BUDGET("Physics", .blocks_left = 10, .from_mark = "loaded", .to_mark = "unloaded");
      heapreel::start(options);
      run(2);
      HEAPREEL_MARK("loaded");
      run(3);
      HEAPREEL_MARK("unloaded");
      heapreel::stop();
      return heapreel::exit_status();
    }
    heapreel::start(options);
    if (is("numbers")) {
      for (const uint32_t number : {500, 501, 502}) {
        make_two();
        if (number == 502) step();
        HEAPREEL_GAME_FRAME_NUMBER(number);
      }
      return heapreel::exit_status();
    }
    if (is("nothing")) {
      run(10);
      return heapreel::exit_status();
    }
    if (is("no-frame")) {
      step();
      return heapreel::exit_status();
    }
    if (is("timer")) {
      declare("Physics", 0);
      step();
      for (const uint64_t now = heapreel::take_snapshot().game_frame();
           heapreel::take_snapshot().game_frame() == now;) {
      }
      return heapreel::exit_status();
    }
    run(5);
    if (is("late")) {
      declare("Physics", 3);
      run(5);
      if (heapreel::exit_status() != 0) return 98;
      declare("Physics", 2);
      run(5);
    }
    if (is("fork") && status_in_child() != 4) return 97;
    if (is("restart")) {
      heapreel::stop();
      if (heapreel::exit_status() != 1) return 96;
    }
    if (is("callback")) {
      run(20);
      const int status = heapreel::exit_status();
      // The same again would be for another call site, or another limit.
      declare("*", HEAPREEL_NO_LIMIT, 1 << 20);
      run(20);
      static_cast<void>(heapreel::exit_status());
      std::free(of_callback);
      std::printf("%d calls, %d\n", calls.load(), heapreel::exit_status() == status);
      return status;
    }
    return heapreel::exit_status();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 95;
  }
}
