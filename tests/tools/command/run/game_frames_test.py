"""`heapreel run` finds the game frames of a program that knows nothing of heapreel, at the calls that show its pictures."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from command_case import CommandCase

# Stands for the libraries of a game. What a function returns tells which one was called with what.
LIBRARY = """
#include <string.h>
int glXSwapBuffers(void* display, unsigned long drawable) { return NUMBER + (int)drawable; }
int eglSwapBuffers(void* display, void* surface) { return NUMBER; }
int SDL_GL_SwapWindow(void* window) { return glXSwapBuffers(0, 7); }
int SDL_RenderPresent(void* renderer) { return SDL_GL_SwapWindow(renderer); }
static int queue_present(void* queue, void* info) { return NUMBER + 100; }
int vkQueuePresentKHR(void* queue, void* info) { return NUMBER + 200; }
void* glXGetProcAddress(const char* name) { return strcmp(name, "glXSwapBuffers") == 0 ? (void*)glXSwapBuffers : (void*)strcmp; }
void* vkGetDeviceProcAddr(void* device, const char* name) { return strcmp(name, "vkQueuePresentKHR") == 0 ? (void*)queue_present : 0; }
void* vkGetInstanceProcAddr(void* instance, const char* name) {
  return strcmp(name, "vkGetDeviceProcAddr") == 0 ? (void*)vkGetDeviceProcAddr : 0;
}
"""

GAME = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef int present(void*, unsigned long);
typedef void* lookup(const void*, const char*);
int SDL_RenderPresent(void*);
int SDL_GL_SwapWindow(void*);
extern void heapreel_game_frame(void) __attribute__((weak));
static void work(void) { free(malloc(50)); }
int main(int argc, char** argv) {
  const char* how = argv[1];
  int sum = 0;
  work();
#ifdef LINKED
  for (int i = 0; i < 10 && strcmp(how, "linked") == 0; ++i, work()) sum += SDL_GL_SwapWindow(0);
  for (int i = 0; i < 10 && strcmp(how, "nested") == 0; ++i, work()) sum += SDL_RenderPresent(0);
  for (int i = 0; i < 10 && strcmp(how, "marks") == 0; ++i, work()) {
    sum += SDL_RenderPresent(0);
    if (i > 2 && heapreel_game_frame != 0) heapreel_game_frame();
  }
#endif
  void* a = dlopen("./liba.so", RTLD_NOW | RTLD_LOCAL);
  void* b = dlopen("./libb.so", RTLD_NOW | RTLD_LOCAL);
  if (a == 0 || b == 0) return 99;
  present* of_a = (present*)dlsym(a, "glXSwapBuffers");
  present* of_b = (present*)dlsym(b, "glXSwapBuffers");
  if (strcmp(how, "dlsym") == 0) {
    for (int i = 0; i < 10; ++i, work()) sum += of_a(0, 1);
  } else if (strcmp(how, "windows") == 0) {
    for (int i = 0; i < 10; ++i, work()) sum += of_a(0, 1) + of_a(0, 2) + of_a(0, 3);
  } else if (strcmp(how, "copies") == 0) {
    for (int i = 0; i < 10; ++i, work()) sum += of_a(0, 0);
    for (int i = 0; i < 10; ++i, work()) sum += of_b(0, 0);
  } else if (strcmp(how, "glx") == 0) {
    void* (*get)(const char*) = (void* (*)(const char*))dlsym(b, "glXGetProcAddress");
    present* swap = (present*)get("glXSwapBuffers");
    for (int i = 0; i < 10; ++i, work()) sum += swap(0, 1);
    if (get("strcmp") != (void*)strcmp) return 98;
  } else if (strcmp(how, "vulkan") == 0) {
    lookup* instance = (lookup*)dlsym(b, "vkGetInstanceProcAddr");
    lookup* device = (lookup*)instance(0, "vkGetDeviceProcAddr");
    present* queue_present = (present*)device(0, "vkQueuePresentKHR");
    for (int i = 0; i < 10; ++i, work()) sum += queue_present(&sum, 0);
    if (device(0, "vkOther") != 0) return 97;
  } else if (strcmp(how, "reloaded") == 0) {
    for (int load = 0; load < 20; ++load, work()) {
      void* again = dlopen("./libc_copy.so", RTLD_NOW | RTLD_LOCAL);
      sum += ((present*)dlsym(again, "glXSwapBuffers"))(0, 1);
      dlclose(again);
    }
  }
  if (dlsym(a, "no_such_function") != 0 || dlerror() == 0) return 96;
  if (dlsym(RTLD_NEXT, "malloc") == 0 || dlsym(RTLD_DEFAULT, "main") != 0) return 95;
  printf("%d\\n", sum);
  return 0;
}
"""


@unittest.skipIf(shutil.which("gcc") is None, "no compiler")
class GameFramesTest(CommandCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="heapreel-")
        cls.addClassCleanup(scratch.cleanup)
        cls.built = pathlib.Path(scratch.name)
        for name, number in (("a", 1000), ("b", 2000), ("c_copy", 3000), ("picture", 5000)):
            cls.build(LIBRARY, "-shared", "-fPIC", f"-DNUMBER={number}", "-o", f"lib{name}.so")
        cls.build(GAME, "-ldl", "-o", "game")
        cls.build(GAME, "-DLINKED", "-L.", "-lpicture", "-ldl", "-Wl,-rpath,$ORIGIN", "-o", "linked")

    @classmethod
    def build(cls, source, *options):
        subprocess.run(["gcc", "-w", "-O1", "-fno-builtin", "-x", "c", "-", "-x", "none", *options], input=source, text=True,
                       cwd=cls.built, check=True)

    def setUp(self):
        super().setUp()
        for file in self.built.iterdir():
            (self.folder / file.name).symlink_to(file)

    def game_frames(self, program, how, *options):
        """How many, and by what; the program does what it does alone."""
        alone = subprocess.run([f"./{program}", how], cwd=self.built, capture_output=True, text=True)
        outcome = self.heapreel("run", "-f", "--frame-every", 0, *options, "-o", "a.reel", "--", f"./{program}", how)
        self.assertEqual((outcome.returncode, outcome.stdout), (alone.returncode, alone.stdout), outcome.stderr)
        info = self.info(self.folder / "a.reel")
        self.said = outcome.stderr
        return info["game_frames"], info.get("game_frames_by")

    def test_a_call_of_a_linked_library_ends_a_game_frame(self):
        self.assertEqual(self.game_frames("linked", "linked"), (10, "SDL_GL_SwapWindow"))
        self.assertIn("10 by SDL_GL_SwapWindow", self.said)
        self.assertIn("by SDL_GL_SwapWindow", self.heapreel("info", "a.reel").stdout)

    def test_a_call_that_leads_to_others_ends_one(self):
        self.assertEqual(self.game_frames("linked", "nested"), (10, "SDL_RenderPresent"))

    def test_over_the_allocator_of_the_system_too(self):
        self.assertEqual(self.game_frames("linked", "nested", "--allocator", "system"), (10, "SDL_RenderPresent"))

    def test_functions_that_were_looked_up_end_game_frames(self):
        self.assertEqual(self.game_frames("game", "dlsym"), (10, "glXSwapBuffers"))
        self.assertEqual(self.game_frames("game", "glx"), (10, "glXSwapBuffers"))
        self.assertEqual(self.game_frames("game", "vulkan"), (10, "vkQueuePresentKHR"))

    def test_of_several_windows_one_ends_game_frames(self):
        self.assertEqual(self.game_frames("game", "windows"), (10, "glXSwapBuffers"))

    def test_functions_of_one_name_are_not_mixed_up(self):
        self.assertEqual(self.game_frames("game", "copies"), (20, "glXSwapBuffers"))

    def test_a_library_may_come_and_go(self):
        self.assertEqual(self.game_frames("game", "reloaded")[1], "glXSwapBuffers")

    def test_marks_of_the_program_are_better(self):
        # Three pictures were shown before the first mark: all of game frame 0.
        self.assertEqual(self.game_frames("linked", "marks"), (7, "program"))
        self.assertIn("7 by the program's own marks", self.said)
        # Without its end, too, it is read with these numbers.
        reel = self.folder / "a.reel"
        reel.write_bytes(reel.read_bytes()[:-1])
        self.assertIn("read up to game frame 7\n", self.heapreel("info", "a.reel").stdout)

    def test_without_pictures_there_is_the_timer(self):
        self.assertEqual(self.game_frames("game", "nothing"), (0, None))
        outcome = self.heapreel("run", "-f", "--frame-every", 1, "-o", "a.reel", "--", "sleep", "0.05")
        self.assertIn("by a timer of 1 ms", outcome.stderr)


OWN_LOOP = """
#include <cstdio>
#include <cstdlib>
#include <unistd.h>
#include <sys/wait.h>
struct Game {
  int total = 0;
  [[gnu::noinline]] double tick(double a, float b, int c, long d, long e, long f, long double g);
};
static volatile int level = 3;
double Game::tick(double a, float b, int c, long d, long e, long f, long double g) {
  void* p = std::malloc(50);
  double result = p != nullptr ? a * b + c + double(d + e * f) + double(g) : 0;
  std::free(p);
  total += c;
  return result;
}
// Begins with data that is named by its distance.
[[gnu::noinline]] int at_level(int n) { return level > 2 ? n + level : n; }
// A loop around all of it.
[[gnu::noinline]] int count_down(int n) { do { asm volatile(""); } while (--n); return n; }
namespace a { [[gnu::noinline]] int twice(int n) { return level * n; } }
namespace b { [[gnu::noinline]] int twice(int n) { return level * n + 1; } }
[[gnu::noinline]] int twice(int n) { return level + n * 2; }
[[gnu::noinline]] int twice(long n) { return level + int(n) * 3; }
[[gnu::noinline]] int four_bytes(int n) { asm volatile(""); return n; }
int main(int argc, char**) {
  Game game;
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    sum += game.tick(i * 1.5, 2.5f, i, i + 1, i + 2, i + 3, i * 0.25L);
    sum += at_level(i) + count_down(3) + a::twice(i) + b::twice(i) + twice(i) + twice(long(i)) + four_bytes(i);
  }
  if (argc > 1) {
    if (fork() == 0) execl("/bin/true", "true", nullptr);
    wait(nullptr);
  }
  std::printf("%f %d\\n", sum, game.total);
}
"""


@unittest.skipUnless(os.uname().machine == "x86_64", "only code of x86-64 can be moved")
class FrameAtTest(CommandCase):
    """A function of the program's own ends its game frames."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.built = pathlib.Path(tempfile.mkdtemp())
        for name, options in {"O0": ["-O0"], "O2": ["-O2"], "fixed": ["-O2", "-no-pie"], "stripped": ["-O2", "-s"],
                              "cet": ["-O2", "-fcf-protection=full"]}.items():
            subprocess.run(["g++", "-w", "-fno-builtin", "-x", "c++", "-", *options, "-o", name], input=OWN_LOOP,
                           text=True, cwd=cls.built, check=True)
        cls.alone = subprocess.run([cls.built / "O0"], capture_output=True, text=True).stdout

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.built)
        super().tearDownClass()

    def frame_at(self, function, program="O2", *options):
        return self.heapreel("run", "-f", "--frame-every", 0, "--frame-at", function, *options, "-o", "a.reel", "--",
                             self.built / program)

    def assert_ends_game_frames(self, function, *options):
        outcome = self.frame_at(function, *options)
        self.assertEqual((outcome.returncode, outcome.stdout), (0, self.alone), outcome.stderr)
        info = self.info(self.folder / "a.reel")
        self.assertEqual((info["game_frames"], info["game_frames_by"]), (20, function))
        self.assertIn(f"20 by {function}", outcome.stderr)

    def test_its_arguments_and_results_stay_what_they_are(self):
        for program in "O0", "O2", "fixed", "cet":
            with self.subTest(program):
                self.assert_ends_game_frames("Game::tick", program)
                self.assert_ends_game_frames("at_level", program)

    def test_it_is_named_as_in_the_source_or_by_its_linker_name(self):
        self.assert_ends_game_frames("Game::tick(double, float, int, long, long, long, long double)")
        self.assert_ends_game_frames("_ZN4Game4tickEdfillle")
        self.assert_ends_game_frames("b::twice")
        self.assert_ends_game_frames("twice(long)", "O2", "--allocator", "system")

    def test_a_program_that_is_executed_later_is_left_alone(self):
        outcome = self.heapreel("run", "-f", "--follow-forks", "--frame-every", 0, "--frame-at", "Game::tick", "-o", "a.reel",
                                "--", self.built / "O2", "again")
        self.assertEqual((outcome.returncode, outcome.stdout), (0, self.alone), outcome.stderr)
        self.assertEqual(self.info(self.folder / "a.reel")["game_frames"], 20)

    def assert_refused(self, why, *words):
        outcome = self.frame_at(*words)
        self.assertEqual(outcome.returncode, 2, outcome.stderr)
        self.assertIn(why, outcome.stderr)

    def test_what_cannot_be_done_is_refused_before_the_program_starts(self):
        self.assert_refused("has no function Game::tock, did you mean 'Game::tick'?", "Game::tock")
        self.assert_refused("several functions are named twice", "twice")
        self.assert_refused("game.cc:7 is a line", "game.cc:7")
        self.assert_refused("has no symbol table: it was stripped", "Game::tick", "stripped")
        self.assert_refused("the first instructions of four_bytes(int) cannot be replaced", "four_bytes(int)")
        self.assert_refused("has no function ", "")


if __name__ == "__main__":
    unittest.main()
