#!/usr/bin/env python3
"""tools/install_dependencies on a machine of stand-ins for dpkg, apt and sudo. Usage: install_dependencies_test.py SCRIPT"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv[1])

STAND_INS = {
    # The last argument is a package; the machine's packages are the lines of a file.
    "dpkg-query": 'grep -qx -- "${@: -1}" "$MACHINE/installed" && echo installed || { echo not-installed; exit 1; }',
    "apt-cache": 'grep -qx -- "${@: -1}" "$MACHINE/unknown" && echo "  Candidate: (none)" || echo "  Candidate: 1.0"',
    "apt-get": 'echo "$*" >>"$MACHINE/apt.log"; [[ $* != *install* || ! -e $MACHINE/broken ]] || { echo E: broken; exit 100; }',
    "id": 'echo "$USER_ID"',
}
TOOLS = ("bash", "env", "grep", "mktemp", "rm", "sleep", "tail", "true")


class InstallDependenciesTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.machine = pathlib.Path(scratch.name)
        (self.machine / "bin").mkdir()
        for name in TOOLS:
            os.symlink(shutil.which(name), self.machine / "bin" / name)
        for name, body in STAND_INS.items():
            self.add_command(name, body)
        self.write("installed", [])
        self.write("unknown", [])

    def add_command(self, name, body):
        path = self.machine / "bin" / name
        path.write_text(f"#!{shutil.which('bash')}\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def write(self, name, lines):
        (self.machine / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def install(self, *sets, user_id=0):
        environment = {
            "PATH": str(self.machine / "bin"),
            "MACHINE": str(self.machine),
            "USER_ID": str(user_id),
        }
        return subprocess.run(
            [self.machine / "bin/bash", SCRIPT, *sets],
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def apt_calls(self):
        log = self.machine / "apt.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def packages(self, set_name):
        """The names that the script has for a set, alternatives cut to their first. Those of adapters are in their tests."""
        body = re.search(
            rf"^{set_name}_packages=\((.*?)\)$", SCRIPT.read_text(encoding="utf-8"), re.M | re.S
        )[1]
        names = [spec.strip("'?").split("|")[0] for spec in body.split()]
        if set_name == "test":
            for test in sorted((SCRIPT.parent.parent / "tests/hooks/adapters").glob("*_test.cc")):
                names += re.findall(r"^// Debian package: (.*)", test.read_text(encoding="utf-8"))
        return names

    def test_what_is_missing_is_installed_without_a_question(self):
        self.write("installed", self.packages("build")[1:])
        run = self.install("build")
        self.assertEqual(run.returncode, 0, run.stderr)
        update, install = self.apt_calls()
        self.assertIn("update", update)
        self.assertIn("-y", install.split())
        self.assertTrue(install.endswith(f"install {self.packages('build')[0]}"), install)

    def test_a_release_without_what_only_some_tests_need_will_do(self):
        optional = ["esbuild", "chromium"]
        self.write("installed", [name for name in self.packages("test") if name not in optional])
        self.write("unknown", ["chromium"])
        run = self.install("test")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(self.apt_calls()[-1].endswith("install esbuild"), self.apt_calls())
        self.assertIn("chromium is not in this release", run.stderr)
        self.write("installed", [name for name in self.packages("test") if name != "chromium"])
        run = self.install("test")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("complete", run.stderr)

    def test_a_complete_machine_is_left_alone(self):
        self.write("installed", self.packages("build") + self.packages("test") + self.packages("demo"))
        run = self.install("build", "test", "demo")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.apt_calls(), [])
        self.assertIn("nothing to do", run.stderr)

    def test_the_sets_differ(self):
        self.write("installed", self.packages("build"))
        self.install("build", "demo")
        self.assertTrue(self.apt_calls()[1].endswith("install " + " ".join(self.packages("demo"))), self.apt_calls())

    def test_an_alternative_that_is_installed_will_do(self):
        self.write(
            "installed",
            [name for name in self.packages("build") + self.packages("test") if name != "clang-14"]
            + ["clang"],
        )
        self.assertEqual(self.install("build", "test").returncode, 0)
        self.assertEqual(self.apt_calls(), [])

    def test_an_alternative_that_the_release_has_is_installed(self):
        self.write(
            "installed",
            [name for name in self.packages("build") + self.packages("test") if name != "clang-14"],
        )
        self.write("unknown", ["clang-14"])
        self.assertEqual(self.install("build", "test").returncode, 0)
        self.assertTrue(self.apt_calls()[1].endswith("install clang"))

    def test_a_package_this_release_lacks_is_named(self):
        self.write("unknown", ["godot3-server"])
        run = self.install("demo")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no package named: godot3-server", run.stderr)
        self.assertFalse([call for call in self.apt_calls() if "install" in call])

    def test_without_root_or_sudo_the_missing_packages_are_listed(self):
        self.write("installed", self.packages("build")[1:])
        run = self.install("build", user_id=1000)
        self.assertEqual(run.returncode, 2)
        self.assertIn(
            f"neither root nor sudo; install by hand, then run this again: {self.packages('build')[0]}\n",
            run.stderr,
        )
        self.assertEqual(self.apt_calls(), [])

    def test_sudo_is_used_and_never_waits_for_a_password(self):
        self.add_command("sudo", '[[ $1 == -n ]] && shift && echo sudo >>"$MACHINE/sudo.log" && exec "$@"')
        run = self.install("demo", user_id=1000)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len((self.machine / "sudo.log").read_text(encoding="utf-8").splitlines()), 3)

    def test_a_sudo_that_refuses_is_told(self):
        self.add_command("sudo", "exit 1")
        run = self.install("demo", user_id=1000)
        self.assertEqual(run.returncode, 2)
        self.assertIn("sudo refused", run.stderr)

    def test_a_machine_without_apt_is_told(self):
        (self.machine / "bin/apt-get").unlink()
        run = self.install("demo")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no apt-get here; install by hand, then run this again: godot3-server", run.stderr)

    def test_a_failed_installation_is_an_error(self):
        self.write("broken", [])
        self.assertEqual(self.install("demo").returncode, 2)

    def test_an_unknown_set_is_an_error(self):
        run = self.install("everything")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no such set: 'everything'", run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
