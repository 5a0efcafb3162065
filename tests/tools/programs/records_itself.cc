// A program that links libheapreel and records a reel of itself: FILE MODE. Every game frame keeps a block of 64 bytes, and
// makes ten blocks of 100 bytes for a while on each of two threads.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

namespace {

void* kept[1000];
int made = 0;

[[gnu::noinline]] void keep_one() {
  kept[made++] = std::malloc(64);
}
[[gnu::noinline]] void make_some() {
  for (int i = 0; i < 10; ++i) std::free(std::malloc(100));
}

void run(int game_frames) {
  for (int i = 0; i < game_frames; ++i) {
    keep_one();
    make_some();
    std::thread(make_some).join();
    heapreel_game_frame();
  }
}

long size_of(const char* path) {
  struct stat status = {};
  return stat(path, &status) == 0 ? status.st_size : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  const char* path = argv[1];
  const auto is = [&](const char* mode) { return !std::strcmp(argv[2], mode); };
  try {
    if (is("later")) {
      heapreel::start();
      run(5);
    }
    if (is("c")) {
      heapreel_start_options options = {};
      options.size = sizeof options;
      heapreel_reel_options reel = {};
      reel.size = sizeof reel;
      if (heapreel_start_reel(&options, &reel) != HEAPREEL_BAD_ARGUMENT) return 96;
      reel.path = path;
      if (heapreel_start_reel(&options, &reel) != HEAPREEL_OK) return 95;
      run(10);
      heapreel_stop_reel();
      return heapreel_start_reel(&options, &reel) == HEAPREEL_FAILED ? 3 : 94;  // the file is there
    }
    heapreel::start({.traceback_limit = 30,
                     .frame_every_ms = 0,
                     .reel = path,
                     .overwrite_reel = is("overwrite"),
                     .every_game_frame = is("numbers") || is("jumps")});
    if (is("numbers")) {
      // As an engine counts that begins anew with each level.
      run(5);
      for (const uint32_t level_frames : {10, 5}) {
        for (uint32_t number = 100; number < 100 + level_frames; ++number) {
          keep_one();
          heapreel_game_frame_number(number);
        }
      }
      return 3;
    }
    if (is("jumps")) {
      for (const uint32_t number : {1000, 1001, 1500, 1501, 1502, 1001, 7}) {
        keep_one();
        heapreel_game_frame_number(number);
      }
      return 3;
    }
    run(50);
    heapreel_mark("half");
    run(50);
    if (is("stop")) {
      keep_one();
      heapreel::stop();
      run(20);
    }
    if (is("again")) {
      heapreel::stop();
      heapreel::start({.frame_every_ms = 0, .reel = std::string(path) + ".2"});
      run(3);
    }
    if (is("twice")) heapreel::start({.reel = std::string(path) + ".2"});
    if (is("fork")) {
      const pid_t child = fork();
      if (child == 0) {
        run(5);
        std::exit(7);
      }
      int status = 0;
      if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7) return 98;
    }
    if (is("clear")) {
      heapreel::clear_traces();
      run(10);
    }
    if (is("kill")) {
      // Until some of it is in the file.
      for (const long before = size_of(path); size_of(path) < before + 4096 && made < 900;) run(1);
      raise(SIGKILL);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 97;
  }
  return 3;
}
