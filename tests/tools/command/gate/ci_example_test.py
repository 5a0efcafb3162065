"""The CI jobs of tools/BUDGETS.md, run step by step as a runner would: on a game that passes, and on one that does not."""

import os
import pathlib
import re
import subprocess
import unittest

from check_test import CheckCase, line_of

PAGE = pathlib.Path(__file__).parents[4] / "tools/BUDGETS.md"
BUDGETS = "[Scripts]\nallocs_per_game_frame = 3\n[Combat]\nlive_bytes = 1000\nrequired = false\n"


def blocks():
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)


class CiExampleTest(CheckCase):
    def run_steps(self, commands, *game):
        """The commands one after the other, the first that fails ends the job."""
        if not (self.folder / "game").exists():
            (self.folder / "game").symlink_to(self.programs / "gate")
        (self.folder / "Makefile").write_text("game:\n")
        for left in ("game.reel", "memory.xml", "summary.md"):
            (self.folder / left).unlink(missing_ok=True)
        self.budgets(BUDGETS)
        environment = {
            **self.environment, "PATH": f"{pathlib.Path(self.command).parent}:{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"), "GITHUB_WORKSPACE": str(self.folder)}
        output = ""
        for command in commands:
            command = command.replace("heapreel run", "heapreel run --frame-every 0")
            command = command.replace("--level forest", " ".join(("--level forest", *game)))
            outcome = subprocess.run(["sh", "-e", "-c", command], cwd=self.folder, env=environment, text=True,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            output += outcome.stdout
            if outcome.returncode != 0:
                return outcome.returncode, command, output
        return 0, None, output

    def test_the_job_for_github(self):
        (job,) = [block for block in blocks() if "runs-on" in block]
        commands = re.findall(r"run: (.+)", job)
        self.assertEqual(len(commands), 3)
        status, command, output = self.run_steps(commands)
        self.assertEqual(status, 0, output)
        self.assertIn("### heapreel: game.reel passed", (self.folder / "summary.md").read_text())
        status, command, output = self.run_steps(commands, "leak")
        self.assertEqual((status, "heapreel check" in command), (1, True), output)
        self.assertRegex(output, rf"::error file=\S*gate\.cc,line={line_of('malloc(64)')},title=heapreel live_bytes::Combat: 2560 B")

    def test_the_job_for_gitlab(self):
        (job,) = [block for block in blocks() if "script:" in block]
        commands = re.findall(r"^    - (.+)", job, re.M)
        self.assertEqual(len(commands), 3)
        self.assertEqual(self.run_steps(commands)[0], 0)
        self.assertIn('failures="0"', (self.folder / "memory.xml").read_text())
        status, command, output = self.run_steps(commands, "leak")
        self.assertEqual((status, "heapreel check" in command), (1, True), output)
        self.assertIn('failures="1"', (self.folder / "memory.xml").read_text())


if __name__ == "__main__":
    unittest.main()
