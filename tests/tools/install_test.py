"""What `meson install` puts in place, used as a stranger would: by pkg-config, by CMake, and from the shell.

Usage: install_test.py BUILD_FOLDER COMPILER...
"""

import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = ""
COMPILER = []
SOURCES = pathlib.Path(__file__).parent / "programs" / "consumer"


def output_of(*words, **variables):
    run = subprocess.run(
        [str(word) for word in words], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="heapreel-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.root = cls.folder / "root"
        output_of("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.root)
        (package,) = glob.glob(f"{cls.root}/**/heapreel.pc", recursive=True)
        cls.libdir = pathlib.Path(package).parent.parent
        cls.prefix = next(cls.root.glob("**/bin/heapreel")).parent.parent

    def pkg_config(self, *words):
        text = output_of(
            "pkg-config", *words, "heapreel", PKG_CONFIG_PATH=f"{self.libdir}/pkgconfig", PKG_CONFIG_SYSROOT_DIR=str(self.root)
        )
        # The system's own libraries are not below the scratch root.
        return [word for word in text.split() if os.path.exists(word[2:]) or not word.startswith(("-I", "-L"))]

    def finds_its_blocks(self, program):
        self.assertEqual(output_of(program, LD_LIBRARY_PATH=str(self.libdir)), "2 blocks found\n")

    def test_a_program_links_the_shared_library_by_pkg_config(self):
        program = self.folder / "shared"
        output_of(*COMPILER, "-std=c++20", SOURCES / "consumer.cc", "-o", program, *self.pkg_config("--cflags", "--libs"))
        self.finds_its_blocks(program)

    def test_a_program_links_the_static_library_by_pkg_config(self):
        program = self.folder / "static"
        words = self.pkg_config("--static", "--cflags", "--libs")
        output_of(*COMPILER, "-std=c++20", SOURCES / "consumer.cc", "-o", program, *words)
        self.assertNotIn("libheapreel", output_of("ldd", program))
        self.finds_its_blocks(program)

    def test_a_program_with_the_static_library_has_one_tracer_under_the_command(self):
        heapreel = self.prefix / "bin/heapreel"
        compiled = self.folder / "consumer.o"
        output_of(*COMPILER, "-std=c++20", "-fPIE", "-c", SOURCES / "consumer.cc", "-o", compiled,
                  *self.pkg_config("--cflags"))
        for flags in ([], ["-rdynamic"], ["-static-libstdc++", "-static-libgcc"], ["-no-pie"]):
            program = self.folder / "linked"
            output_of(*COMPILER, *flags, compiled, "-o", program, *self.pkg_config("--static", "--libs"))
            for options in ([], ["--allocator", "system"], ["--follow-forks"]):
                with self.subTest(flags=flags, options=options):
                    reel = self.folder / "linked.reel"
                    run = subprocess.run([heapreel, "run", "-f", *options, "-o", reel, "--", program],
                                         capture_output=True, text=True, check=False, timeout=60)
                    self.assertEqual((run.returncode, run.stdout), (0, "2 blocks found\n"), run.stderr)
                    self.assertNotIn("untraced", run.stderr)
                    info = json.loads(output_of(heapreel, "info", "--json", reel))
                    self.assertTrue(info["complete"])
                    self.assertGreaterEqual(info["allocs"], 2)

    def test_a_program_whose_static_library_is_hidden_from_its_libraries_says_so(self):
        program = self.folder / "hidden"
        output_of(*COMPILER, "-std=c++20", "-Wl,--exclude-libs,ALL", SOURCES / "consumer.cc", "-o", program,
                  *self.pkg_config("--static", "--cflags", "--libs"))
        run = subprocess.run([self.prefix / "bin/heapreel", "run", "-o", self.folder / "hidden.reel", "--", program],
                             capture_output=True, text=True, check=False, timeout=60)
        self.assertIn("not all of the program calls heapreel's malloc", run.stderr)
        self.assertNotEqual(run.returncode, 0)

    def test_the_static_library_brings_every_hook_along(self):
        program = self.folder / "small"
        source = self.folder / "small.c"
        source.write_text("#include <stdlib.h>\nint main(void) { free(malloc(1)); return 0; }\n")
        words = self.pkg_config("--static", "--libs")
        output_of(*COMPILER, "-x", "c", source, "-x", "none", "-o", program, *words)
        defined = {line.split()[-1].split("@")[0] for line in output_of("nm", "--defined-only", program).splitlines()}
        listed = (SOURCES / "../../../../hooks/link/interposed_symbols.def").read_text(encoding="utf-8")
        family = re.findall(r"^HEAPREEL_INTERPOSED\((\w+)\)$", listed, re.MULTILINE)
        self.assertGreater(len(family), 30)
        self.assertEqual([symbol for symbol in family if symbol not in defined], [])

    @unittest.skipIf(shutil.which("cmake") is None, "cmake is not installed")
    def test_a_program_finds_the_package_by_cmake(self):
        build = self.folder / "cmake"
        output_of("cmake", "-G", "Ninja", "-S", SOURCES, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                  f"-DCMAKE_CXX_COMPILER={shutil.which(COMPILER[-1])}")
        output_of("cmake", "--build", build)
        for name in ("shared", "static"):
            self.finds_its_blocks(build / name)

    def test_the_command_finds_its_hooks_where_it_was_installed(self):
        run = subprocess.run(
            [self.prefix / "bin/heapreel", "run", "-o", self.folder / "ls.reel", "--", "/bin/ls", "/"],
            capture_output=True, text=True, check=False,
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("allocs", output_of(self.prefix / "bin/heapreel", "info", self.folder / "ls.reel"))

    def test_pages_and_completions_are_in_their_places(self):
        for place in ("man/man1/heapreel.1", "man/man1/heapreel-run.1", "bash-completion/completions/heapreel.bash",
                      "zsh/site-functions/_heapreel", "fish/vendor_completions.d/heapreel.fish"):
            self.assertTrue((self.prefix / "share" / place).exists(), place)


if __name__ == "__main__":
    BUILD, *COMPILER = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
