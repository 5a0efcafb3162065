#!/usr/bin/env python3
"""How tools/test counts and ends, with stand-ins for meson, ninja and the rest. Usage: test_run_test.py TOOLS_TEST"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv[1])

# The results of a stage are the words in the file RESULTS/<stage>; without that file meson finds no tests.
MESON = """\
case $1 in
  setup) [[ ! -e $RESULTS/no_setup ]] && mkdir -p "$2" && touch "$2/build.ninja" ;;
  test)
    stage=$(basename "$3")
    [[ $* != *"--suite budget"* ]] || stage=budget
    echo "$stage: $*" >>"$RESULTS/calls"
    [[ -e $RESULTS/$stage ]] || { echo "No suitable tests defined."; exit 0; }
    mkdir -p "$3/meson-logs"
    for result in $(cat "$RESULTS/$stage"); do
      echo '{"name": "x", "result": "'"$result"'", "stdout": "\\\\"result\\\\": \\\\"OK\\\\""}'
    done >"$3/meson-logs/stage$([[ $* != *--wrapper* ]] || echo -setarch).json"
    ! grep -qE 'FAIL|TIMEOUT|ERROR' "$RESULTS/$stage" ;;
esac
"""


class TestRunTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        for folder in ("tools/dev", "bin", "results"):
            (self.root / folder).mkdir(parents=True)
        shutil.copy(SCRIPT, self.root / "tools/test")
        self.add_command("tools/install_dependencies", "exit 0")
        self.add_command("tools/dev/presubmit", '[[ ! -e "$RESULTS/findings" ]]')
        self.add_command("tools/dev/mutants", 'echo "mutants: $*" >>"$RESULTS/calls"; [[ ! -e "$RESULTS/survivor" ]]')
        self.add_command("tools/dev/configure", '[[ ! -e "$RESULTS/no_setup" ]] && mkdir -p "$1"')
        self.add_command("bin/meson", MESON)
        self.add_command("bin/ninja", '[[ ! -e "$RESULTS/no_build" ]]')

    def add_command(self, path, body):
        (self.root / path).write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
        (self.root / path).chmod(0o755)

    def results(self, **stages):
        for stage, words in stages.items():
            (self.root / "results" / stage).write_text(words, encoding="utf-8")

    def run_script(self, *options):
        environment = {
            **os.environ,
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "RESULTS": f"{self.root}/results",
        }
        run = subprocess.run(
            [self.root / "tools/test", *options], env=environment, capture_output=True, text=True
        )
        return run.returncode, run.stdout

    def assert_ends(self, run, status, last_line):
        self.assertEqual(run[1].splitlines()[-1], last_line, run[1])
        self.assertEqual(run[0], status, run[1])

    def test_the_last_line_counts_every_stage(self):
        self.results(gcc="OK OK SKIP", budget="OK", clang="OK OK", asan="OK SKIP", tsan="OK")
        self.assert_ends(self.run_script(), 0, "9 passed, 0 failed, 2 skipped")

    def test_quick_is_presubmit_and_what_is_not_slow(self):
        self.results(quick="OK")
        self.assert_ends(self.run_script("--quick"), 0, "2 passed, 0 failed, 0 skipped")
        called = (self.root / "results/calls").read_text(encoding="utf-8")
        self.assertIn("--no-suite budget --no-suite slow", called)

    def test_a_stage_may_run_alone(self):
        self.results(clang="OK OK OK")
        self.assert_ends(self.run_script("--stage", "clang"), 0, "3 passed, 0 failed, 0 skipped")

    def test_every_kind_of_failure_counts(self):
        self.results(gcc="OK FAIL TIMEOUT ERROR UNEXPECTEDPASS INTERRUPT EXPECTEDFAIL")
        self.assert_ends(self.run_script("--stage", "gcc"), 1, "2 passed, 5 failed, 0 skipped")

    def test_findings_of_presubmit_fail_the_run(self):
        self.results(quick="OK", findings="")
        self.assert_ends(self.run_script("--quick"), 1, "1 passed, 1 failed, 0 skipped")

    def test_a_stage_without_tests_fails(self):
        for stage in ("gcc", "budget", "clang", "asan", "tsan"):
            with self.subTest(stage):
                self.assert_ends(self.run_script("--stage", stage), 1, "0 passed, 1 failed, 0 skipped")

    def test_only_skipped_tests_are_no_success(self):
        self.results(quick="SKIP SKIP")
        self.assert_ends(self.run_script("--quick"), 1, "1 passed, 1 failed, 2 skipped")

    def test_a_build_that_breaks_fails_and_later_stages_still_run(self):
        self.results(no_build="", clang="OK")
        self.assert_ends(self.run_script("--stage", "gcc", "--stage", "clang"), 1, "1 passed, 1 failed, 0 skipped")

    def test_a_configuration_that_breaks_fails(self):
        self.results(no_setup="", clang="OK", tsan="OK")
        self.assert_ends(
            self.run_script("--stage", "clang", "--stage", "tsan"), 1, "0 passed, 2 failed, 0 skipped"
        )

    def test_results_of_an_earlier_run_do_not_count(self):
        self.results(gcc="OK")
        self.run_script("--stage", "gcc")
        (self.root / "results/gcc").unlink()
        self.assert_ends(self.run_script("--stage", "gcc"), 1, "0 passed, 1 failed, 0 skipped")

    def calls(self, stage):
        self.results(**{stage: "OK"})
        self.run_script("--stage", stage)
        return (self.root / "results/calls").read_text(encoding="utf-8")

    def test_thread_sanitizer_runs_what_uses_threads(self):
        self.assertIn("--suite engine --suite threads", self.calls("tsan"))

    def test_address_sanitizer_runs_every_suite(self):
        self.assertNotIn(" --suite", self.calls("asan"))

    def test_what_says_the_same_in_every_build_runs_once(self):
        self.assertNotIn("--no-suite once", self.calls("gcc"))
        for stage in ("clang", "asan", "tsan"):
            self.assertIn("--no-suite once", self.calls(stage))

    def test_a_mutant_that_survives_fails_the_run(self):
        self.results(survivor="")
        self.assert_ends(self.run_script("--stage", "mutants"), 1, "0 passed, 1 failed, 0 skipped")

    def test_mutants_are_the_quick_ones_and_another_third_each_day(self):
        self.run_script("--stage", "mutants")
        called = (self.root / "results/calls").read_text(encoding="utf-8")
        self.assertRegex(called, r"^mutants: --quick --third [012]\n$")

    def test_all_mutants_are_tried_on_demand(self):
        self.assert_ends(self.run_script("--all-mutants"), 0, "1 passed, 0 failed, 0 skipped")
        self.assertEqual((self.root / "results/calls").read_text(encoding="utf-8"), "mutants: \n")

    def test_the_developers_build_runs_all_but_the_budgets(self):
        self.results(dev="OK OK")
        self.assert_ends(self.run_script("--dev"), 0, "2 passed, 0 failed, 0 skipped")
        self.assertIn("--no-suite budget", (self.root / "results/calls").read_text(encoding="utf-8"))

    def test_one_suite_runs_alone_in_the_developers_build(self):
        self.results(dev="OK")
        self.assert_ends(self.run_script("--only", "engine", "--only", "hooks"), 0, "1 passed, 0 failed, 0 skipped")
        called = (self.root / "results/calls").read_text(encoding="utf-8")
        self.assertEqual(called.count("--suite engine --suite hooks"), 1, called)

    def test_what_cannot_be_installed_stops_the_run(self):
        self.add_command("tools/install_dependencies", "exit 2")
        self.assertEqual(self.run_script("--quick")[0], 2)

    def test_unknown_stages_and_options_are_usage_errors(self):
        for options in (["--stage", "lint"], ["--stage"], ["--stage", "gcc clang"], ["everything"], ["--only", "everything"], ["--only"]):
            with self.subTest(options):
                self.assertEqual(self.run_script(*options)[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
