"""What tests of the page share: a recording with its page, and the page in a browser."""

import json
import pathlib
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tools/dev"))

import browser  # noqa: E402
import page_questions  # noqa: E402, F401
from command_case import CommandCase  # noqa: E402


class ReportCase(CommandCase):
    def report(self, program, *words):
        """Records a program of the tests and writes its page; the reel."""
        reel = self.folder / "test.reel"
        outcome = self.heapreel("run", "-f", "--frame-every", 0, "-o", reel, "--", program, *words)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        outcome = self.heapreel("report", reel)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertTrue((self.folder / "test.html").exists(), outcome.stdout)
        return reel

    def json(self, *words):
        outcome = self.heapreel(*words, "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)


class PageCase(ReportCase):
    """A browser that the page of a recording is shown in."""

    def setUp(self):
        super().setUp()
        self.browser = self.enterContext(browser.Browser(browser.find()))
        self.browser.size(1280, 800)

    def enterContext(self, context):  # of Python 3.11 and later
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def open(self):
        self.browser.open(f"file://{self.folder}/test.html")
        self.wait()

    def wait(self):
        self.browser.wait("document.documentElement.dataset.shown !== undefined")

    def show(self, **selection):
        """Puts a selection into the address, as a link does; the lines of the table: group -> (value, blocks)."""
        words = urllib.parse.urlencode(selection)
        self.browser.value(f"location.hash = {json.dumps('#' + words)}, 0")
        # The page writes the same selection in its own order.
        wanted = json.dumps({key: str(value) for key, value in selection.items()})
        self.browser.wait(
            "(() => { const shown = new URLSearchParams((document.documentElement.dataset.shown ?? '').slice(1));"
            f" return Object.entries({wanted}).every(([key, value]) => !shown.has(key) || shown.get(key) === value)"
            f" && ['a', 'b'].every((key) => shown.get(key) === {wanted}[key])"
            f" && (shown.get('view') ?? 'growth') === ({wanted}.view ?? 'growth')"
            f" && (shown.get('group') ?? 'function') === ({wanted}.group ?? 'function'); }})()"
        )
        rows = self.browser.value(
            "[...document.querySelectorAll('#sites tbody tr')].map((row) =>"
            " [row.dataset.group, Number(row.dataset.value), Number(row.dataset.blocks)])"
        )
        return {group: (value, blocks) for group, value, blocks in rows}

    def assert_quiet(self):
        self.assertEqual(self.browser.errors, [])
        others = [url for url in self.browser.requests if not url.startswith(("file://" + str(self.folder), "blob:"))]
        self.assertEqual(others, [])
        self.assertEqual(self.browser.value("document.getElementById('problem').hidden"), True)
