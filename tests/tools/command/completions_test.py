"""Completion scripts and manual pages: what the shells and troff make of what the command prints."""

import os
import shutil
import subprocess
import unittest

COMMAND = os.environ["HEAPREEL_COMMAND"]


def heapreel(*arguments):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=True).stdout


def commands():
    listing = heapreel("help").split("commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listing.splitlines()]


def bash_offers(*words):
    """What bash offers in place of the last word."""
    line = " ".join(f"'{word}'" for word in words)
    script = (
        heapreel("completions", "bash")
        + f"\nCOMP_WORDS=({line}) COMP_CWORD={len(words) - 1}\n_heapreel\n"
        + 'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()


class Bash(unittest.TestCase):
    def test_commands_are_offered(self):
        self.assertEqual(set(bash_offers("heapreel", "")), {*commands(), "--help", "--version"})
        self.assertEqual(bash_offers("heapreel", "sta"), ["stats"])

    def test_every_option_that_help_lists_is_offered(self):
        for command in commands():
            listed = {
                word.rstrip(",")
                for line in heapreel("help", command).splitlines()
                if line.startswith("  -")
                for word in line.split()[:2]
                if word.startswith("--")
            }
            self.assertEqual(set(bash_offers("heapreel", command, "--")) - {"--help"}, listed, command)

    def test_the_values_of_a_choice_are_offered(self):
        self.assertIn("size_class", bash_offers("heapreel", "stats", "--by", ""))
        self.assertEqual(bash_offers("heapreel", "run", "--allocator", "s"), ["system"])

    def test_files_are_offered_elsewhere(self):
        self.assertIn("/usr", bash_offers("heapreel", "stats", "/us"))

    def test_a_shell_without_a_script_is_told(self):
        run = subprocess.run([COMMAND, "completions", "tcsh"], capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("bash, zsh or fish", run.stderr)


class Syntax(unittest.TestCase):
    def test_each_shell_reads_its_script(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                if shutil.which(shell) is None:
                    self.skipTest(f"{shell} is not installed")
                subprocess.run([shell, "-n"], input=heapreel("completions", shell), text=True, check=True)

    def test_troff_has_no_complaint_of_a_page(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        for topic in ([], *([command] for command in commands())):
            page = heapreel("help", "--man", *topic)
            run = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=page, capture_output=True, text=True, check=True)
            self.assertEqual(run.stderr, "", topic)

    def test_a_page_tells_what_help_tells_below_the_options(self):
        page = heapreel("help", "--man", "leaks").replace("\\-", "-")
        self.assertIn("memory-leaks A B C", page)

    def test_every_command_has_a_page_in_the_build(self):
        built = os.path.dirname(COMMAND)
        for command in commands():
            self.assertTrue(os.path.exists(f"{built}/heapreel-{command}.1"), command)


if __name__ == "__main__":
    unittest.main()
