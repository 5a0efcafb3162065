"""Every process of a followed program is recorded, or named with its true reason; and what cannot be recorded runs as it
would alone."""

import os
import pathlib
import shutil
import subprocess
import unittest

from command_case import CommandCase

# Started by a process that is recorded, in the way that argv says.
STARTER = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char** environ;
static int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
int main(int argc, char** argv) {
  char* empty[] = {NULL};
  char** const words = argv + 2;
  const char* how = argv[1];
  void* volatile block = malloc(10);
  (void)block;
  if (strcmp(how, "descriptors") == 0) {
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < 5000; ++i) block = malloc(100);
      _exit(0);
    }
    return wait_for(child);
  }
  pid_t child = 0;
  if (strcmp(how, "spawn") == 0) {
    if (posix_spawn(&child, words[0], NULL, NULL, words, environ) != 0) return 99;
  } else if (strcmp(how, "spawn-cleared") == 0) {
    if (posix_spawnp(&child, words[0], NULL, NULL, words, empty) != 0) return 99;
  } else if (strcmp(how, "killed-unseen") == 0) {
    const pid_t run = getppid();
    for (int i = 0; i < 3; ++i) {
      kill(run, SIGSTOP);
      if (posix_spawn(&child, words[0], NULL, NULL, words, environ) != 0) return 99;
      usleep(30000);  // it has asked by now
      kill(child, SIGKILL);
      wait_for(child);
      kill(run, SIGCONT);
    }
    return 0;
  } else if (strcmp(how, "killed") == 0) {
    for (int i = 0; i < 30; ++i) {
      if (posix_spawn(&child, words[0], NULL, NULL, words, environ) != 0) return 99;
      usleep(i * 50);
      kill(child, SIGKILL);
      wait_for(child);
    }
    return 0;
  } else {
    child = how[0] == 'v' ? vfork() : fork();
    if (child == 0) {
      if (strcmp(how, "exec") == 0) execv(words[0], words);
      if (strcmp(how, "vfork-exec") == 0) execvp(words[0], words);
      if (strcmp(how, "exec-cleared") == 0) execve(words[0], words, empty);
      if (strcmp(how, "vfork-cleared") == 0) execvpe(words[0], words, empty);
      if (strcmp(how, "fexec-cleared") == 0) fexecve(open(words[0], O_RDONLY | O_CLOEXEC), words, empty);
      _exit(98);
    }
  }
  return wait_for(child);
}
"""


class MembersCase(CommandCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("gcc") is None:
            raise unittest.SkipTest("no compiler")

    def setUp(self):
        super().setUp()
        self.family = str(self.programs / "family")
        self.compile("starter", STARTER)

    def compile(self, name, source, *options):
        (self.folder / f"{name}.c").write_text(source)
        built = subprocess.run(["gcc", "-w", "-O0", "-fno-builtin", f"{name}.c", "-o", name, *options], cwd=self.folder,
                               capture_output=True, text=True)
        return built.returncode == 0

    def follow(self, *words):
        for reel in self.folder.glob("*.reel"):
            reel.unlink()
        return self.heapreel("run", "--follow-forks", "--", *words)

    def allocs(self):
        return sorted(self.info(path)["allocs"] for path in self.folder.glob("*.reel"))

    def assert_named(self, outcome, status, program, why):
        """The member ended as it does alone, and the run is incomplete for this reason and no other."""
        self.assertEqual(outcome.returncode, status or 4, outcome.stderr)
        lines = [line for line in outcome.stderr.splitlines() if line.startswith("incomplete")]
        self.assertEqual(len(lines), 1, outcome.stderr)
        self.assertRegex(lines[0], rf"^incomplete: {program} \(pid \d+\) was not recorded: .*{why}")


class CarriedTest(MembersCase):
    def test_the_recording_is_carried_into_a_cleared_environment(self):
        for how in ("spawn", "spawn-cleared", "exec", "exec-cleared", "vfork-exec", "vfork-cleared", "fexec-cleared"):
            with self.subTest(how=how):
                outcome = self.follow("./starter", how, self.family, "allocate", "20")
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assertIn(20, self.allocs(), outcome.stderr)

    def test_a_list_of_preloaded_libraries_that_the_program_makes_keeps_what_is_in_it(self):
        self.assertTrue(self.compile("other.so", "int other = 1;", "-shared", "-fPIC"))
        show = f"LD_PRELOAD=./other.so exec {self.family} allocate 20"
        outcome = self.follow("sh", "-c", show)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn(20, self.allocs(), outcome.stderr)


class NamedTest(MembersCase):
    SIMPLE = "#include <stdlib.h>\nint main(void) { free(malloc(10)); return 7; }\n"

    def test_a_static_member_is_named_and_what_it_starts_is_recorded(self):
        for option in ("-static", "-static-pie"):
            if not self.compile("member", self.SIMPLE, option):
                self.skipTest("no static C library")
            for how in ("exec", "spawn", "vfork-exec"):
                with self.subTest(option=option, how=how):
                    self.assert_named(self.follow("./starter", how, "./member"), 7, "./member", "statically linked")
        self.assertTrue(self.compile("static_starter", STARTER, "-static"))
        outcome = self.follow("./starter", "exec", "./static_starter", "exec", self.family, "allocate", "20")
        self.assert_named(outcome, 0, "./static_starter", "statically linked")
        self.assertIn(20, self.allocs(), outcome.stderr)

    def test_a_sanitized_member_runs_as_alone_and_is_named(self):
        if not self.compile("member", self.SIMPLE, "-fsanitize=address"):
            self.skipTest("no AddressSanitizer")
        for how in ("exec", "spawn", "exec-cleared"):
            with self.subTest(how=how):
                outcome = self.follow("./starter", how, "./member")
                self.assert_named(outcome, 7, "./member", "built with a sanitizer")
                self.assertNotIn("runtime does not come first", outcome.stderr)

    def test_a_script_is_judged_by_its_interpreter(self):
        if not self.compile("member", self.SIMPLE, "-static"):
            self.skipTest("no static C library")
        script = self.folder / "script"
        script.write_text(f"#! {self.folder}/member\n")
        script.chmod(0o755)
        self.assert_named(self.follow("./starter", "exec", "./script"), 7, "./script", "statically linked")

    def test_a_program_that_could_not_be_executed_is_no_member(self):
        outcome = self.follow("./starter", "exec", "./nowhere")
        self.assertEqual(outcome.returncode, 98, outcome.stderr)
        self.assertNotIn("incomplete", outcome.stderr)

    @unittest.skipIf(os.geteuid() != 0, "needs another user")
    def test_a_member_of_another_user_is_named(self):
        if shutil.which("setpriv") is None:
            self.skipTest("no setpriv")
        outcome = self.follow("setpriv", "--reuid", "54321", "--clear-groups", "true")
        self.assert_named(outcome, 0, ".*true", "another user")

    @unittest.skipIf(os.geteuid() != 0, "needs chroot")
    def test_a_member_in_another_root_folder_runs_as_alone_and_is_named(self):
        root = self.folder / "root"
        needed = subprocess.run(["ldd", "/bin/true"], capture_output=True, text=True, check=True).stdout.split()
        for path in ["/bin/true", *(word for word in needed if word.startswith("/"))]:
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(path), place)
        outcome = self.follow("chroot", root, "/bin/true")
        self.assert_named(outcome, 0, "/bin/true", "cannot be reached from its root folder")
        self.assertNotIn("cannot be preloaded", outcome.stderr)

    def test_members_under_a_filter_of_system_calls_run_as_alone_and_are_named(self):
        program = str(self.programs / "filtered_family")
        for effect in ("kills", "refuses"):
            if subprocess.run([program, "exec", effect], env=self.environment, check=False).returncode != 3:
                self.skipTest("no filters of system calls here")
            with self.subTest(effect=effect):
                self.assert_named(self.follow(program, "exec", effect), 3, program, "filter of system calls")
                outcome = self.follow(program, "fork", effect)
                self.assertEqual(outcome.returncode, 3, outcome.stderr)
                self.assertIn("incomplete: 1 processes were not followed: they may be under a filter of system calls",
                              outcome.stderr)


class NotLostTest(MembersCase):
    def test_children_that_were_killed_before_they_did_anything_are_no_loss(self):
        outcome = self.follow("./starter", "killed", self.family, "allocate", "20")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertNotIn("incomplete", outcome.stderr)

    def test_children_that_were_killed_before_the_run_looked_at_them_are_no_loss(self):
        outcome = self.follow("./starter", "killed-unseen", self.family, "allocate", "20")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertNotIn("incomplete", outcome.stderr)

    def test_a_child_that_had_no_descriptor_left_is_counted(self):
        limited = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", self.command, "run", "--follow-forks", "--", "./starter",
                   "descriptors"]
        outcome = subprocess.run(limited, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(outcome.returncode, 4, outcome.stderr)
        self.assertIn("incomplete: 1 processes were not followed: they had no descriptor left to ask for memory",
                      outcome.stderr)


if __name__ == "__main__":
    unittest.main()
