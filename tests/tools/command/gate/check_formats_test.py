"""The formats in which `heapreel check` tells CI systems what it found."""

import json
import unittest
import xml.etree.ElementTree

from check_test import CheckCase, line_of

BROKEN = "[Combat]\nlive_bytes = 10\nlive_blocks = 90\n[Script]\nlive_bytes = 0\n"


class FormatsTest(CheckCase):
    def written(self, name, budgets=BROKEN, status=1, **variables):
        reel = self.game("leak")
        outcome = self.heapreel("check", reel, "--budgets", self.budgets(budgets), "--format", name, **variables)
        self.assertEqual(outcome.returncode, status, outcome.stderr)
        return outcome.stdout

    def test_markdown(self):
        text = self.written("md")
        self.assertTrue(text.startswith(
            "### heapreel: game.reel failed\n\nbudgets: 1 broken, 0 kept, 1 of names that were never seen, over 40 game frames\n"
            "\n| | of | what | where |\n|---|---|---|---|\n"
            "| :x: over | Combat | 2560 B live in game frame 39, the limit is 10 B live; 40 game frames are over it | "
            "\\(anonymous namespace\\)::fight\\(\\)  "), text)
        self.assertIn("| :x: never seen | Script | nothing in this run has this name, did you mean 'Scripts'?;", text)
        self.assertTrue(text.endswith("\n1 limit kept\n"), text)

    def test_junit(self):
        suites = xml.etree.ElementTree.fromstring(self.written("junit"))
        (suite,) = suites
        self.assertEqual({name: suite.get(name) for name in ("name", "tests", "failures", "errors")},
                         {"name": "game.reel", "tests": "3", "failures": "2", "errors": "0"})
        cases = {case.get("name"): case for case in suite.findall("testcase")}
        self.assertEqual(sorted(cases), ["Combat live_blocks 90", "Combat live_bytes 10", "Script"])
        self.assertEqual(list(cases["Combat live_blocks 90"]), [])
        (failure,) = cases["Combat live_bytes 10"]
        self.assertEqual((failure.tag, failure.get("type")), ("failure", "live_bytes"))
        self.assertIn("2560 B live in game frame 39", failure.get("message"))
        self.assertIn(f"gate.cc:{line_of('malloc(64)')}", failure.text)

    def test_junit_has_what_was_not_checked_as_an_error(self):
        suites = xml.etree.ElementTree.fromstring(
            self.written("junit", "first_game_frame = 99\n[Combat]\nlive_bytes = 10\n", 4))
        self.assertEqual((suites.get("failures"), suites.get("errors")), ("0", "1"))
        self.assertEqual(suites.find(".//error").get("type"), "live_bytes")

    def test_sarif(self):
        sarif = json.loads(self.written("sarif"))
        self.assertEqual(sarif["version"], "2.1.0")
        (run,) = sarif["runs"]
        self.assertEqual([rule["id"] for rule in run["tool"]["driver"]["rules"]], ["live_bytes", "name"])
        over, missing = run["results"]
        self.assertEqual((over["ruleId"], over["level"]), ("live_bytes", "error"))
        place = over["locations"][0]["physicalLocation"]
        self.assertTrue(place["artifactLocation"]["uri"].endswith("programs/gate.cc"))
        self.assertEqual(place["region"]["startLine"], line_of("malloc(64)"))
        self.assertIn("2560 B live", over["message"]["text"])
        self.assertEqual(over["partialFingerprints"], {"heapreel/v1": "live_bytes/Combat/(anonymous namespace)::fight"})
        self.assertEqual(missing["locations"][0]["physicalLocation"],
                         {"artifactLocation": {"uri": "memory.toml"}, "region": {"startLine": 4}})
        self.assertTrue(run["invocations"][0]["executionSuccessful"])

    def test_github_annotates_lines_of_the_checkout_and_adds_to_the_summary(self):
        source = str(self.programs)  # not the sources: then the path stays whole
        summary = self.folder / "summary.md"
        summary.write_text("before\n")
        text = self.written("github", GITHUB_STEP_SUMMARY=str(summary), GITHUB_WORKSPACE=source)
        lines = text.splitlines()
        self.assertRegex(lines[0], rf"^::error file=\S*gate\.cc,line={line_of('malloc(64)')},title=heapreel live_bytes::"
                                   r"Combat: 2560 B live in game frame 39, .*%0A2560 B live: ")
        self.assertRegex(lines[1], r"^::error file=memory\.toml,line=4,title=heapreel name::Script: nothing in this run has")
        self.assertEqual(lines[2:], ["game.reel failed"])
        self.assertTrue(summary.read_text().startswith("before\n### heapreel: game.reel failed\n"))

    def test_github_shows_ten_and_says_how_many_more(self):
        budgets = "".join(f'["Nobody{number}"]\nlive_bytes = 0\n' for number in range(14))
        text = self.written("github", budgets)
        self.assertEqual(text.count("::error "), 10)
        self.assertIn("\nand 4 more findings, which the job's summary lists\n", text)

    def test_names_of_a_program_or_a_file_are_no_markup(self):
        budgets = '["<b>|`x`\\u001b[31m\\n::error::"]\nlive_bytes = 0\n'
        for name in ("text", "md", "junit", "sarif", "github"):
            with self.subTest(format=name):
                text = self.written(name, budgets)
                self.assertNotIn("\033", text)
                self.assertFalse(any(line.startswith("::error::") for line in text.splitlines()), text)
                if name == "md":
                    self.assertIn("&lt;b\\>\\|\\`x\\`", text)
                if name == "junit":
                    xml.etree.ElementTree.fromstring(text)
                if name == "sarif":
                    json.loads(text)


if __name__ == "__main__":
    unittest.main()
