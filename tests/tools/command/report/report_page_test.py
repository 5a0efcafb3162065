"""The page of `heapreel report`: its numbers are the command's, it asks for nothing, and no name breaks it.

Numbers are looked at in a real browser. Without chromium only what needs none is tested.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from page_case import ROOT, PageCase, ReportCase, browser, page_questions

# Debian 12's. Another one may make other bytes of the same sources.
ESBUILD = "0.17.0"


class CommandTest(ReportCase):
    def test_the_summary_is_three_sentences_with_their_numbers(self):
        reel = self.report(self.programs / "known_containers", 12)
        sentences = self.json("report", reel, "--summary")["sentences"]
        self.assertEqual([sentence["about"] for sentence in sentences], ["peak", "growth", "worst"])
        plain = self.heapreel("report", reel, "--summary").stdout
        self.assertEqual(plain.splitlines(), [sentence["text"] for sentence in sentences])
        peak = self.json("stats", f"{reel}@peak", "--by", "lineno", "-n", 1)["statistics"][0]
        self.assertIn(peak["traceback"][-1]["function"].split("(")[0], sentences[0]["text"])

    def test_a_page_is_never_overwritten_unasked(self):
        reel = self.report(self.programs / "known_containers", 3)
        page = self.folder / "test.html"
        page.write_text("mine")
        outcome = self.heapreel("report", reel)
        self.assertEqual((outcome.returncode, page.read_text()), (2, "mine"))
        self.assertIn("-f", outcome.stderr)
        self.assertEqual(self.heapreel("report", "-f", reel).returncode, 0)
        self.assertIn("<!doctype html>", page.read_text())
        self.assertEqual(page.stat().st_mode & 0o777, 0o600, "a page tells as much as a reel")
        self.assertEqual(self.heapreel("report", "-o", "-", reel).returncode, 2)
        self.assertEqual(sorted(path.name for path in self.folder.glob(".*")), [])

    def test_what_makes_no_sense_is_refused(self):
        for words in (("--json",), ("--summary", "-o", "x.html"), ("--summary", "-f")):
            self.assertEqual(self.heapreel("report", "none.reel", *words).returncode, 2, words)
        self.assertEqual(self.heapreel("report", "none.reel").returncode, 3)
        self.assertEqual(self.files(), [])

    def test_an_unwritable_page_leaves_nothing_behind(self):
        reel = self.report(self.programs / "known_containers", 3)
        outcome = self.heapreel("report", reel, "-o", self.folder / "no such folder/page.html")
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("cannot be written", outcome.stderr)
        self.assertEqual(self.files(), ["test.html", "test.reel"])


class ShellTest(unittest.TestCase):
    def setUp(self):
        if shutil.which("esbuild") is None:
            self.skipTest("esbuild is not installed")
        version = subprocess.run(["esbuild", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        if version != ESBUILD:
            self.skipTest(f"the shell was built by esbuild {ESBUILD}, and here is {version}")

    def test_the_shell_in_the_tree_is_what_its_sources_make(self):
        scratch = tempfile.TemporaryDirectory(prefix="heapreel-")
        self.addCleanup(scratch.cleanup)
        built = pathlib.Path(scratch.name) / "shell.html"
        outcome = subprocess.run(
            [ROOT / "tools/report/build", "--output", built], capture_output=True, text=True, timeout=60
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        same = built.read_bytes() == (ROOT / "tools/report/shell.html").read_bytes()
        self.assertTrue(same, "tools/report/shell.html is not what tools/report/src makes: run tools/report/build")


class ContrastTest(unittest.TestCase):
    """The ratios of WCAG 2.1 AA: 4.5 for text (1.4.3), 3 for what is drawn and must be told apart (1.4.11)."""

    STYLE = ROOT / "tools/report/src/style.css"
    # Texts, each with what it may stand on; then graphics.
    TEXTS = [
        *((text, back) for text in ("text", "soft", "grow", "shrink", "accent") for back in ("back", "panel")),
        *(("on-bar", bar) for bar in ("grow-bar", "shrink-bar", "plain-bar")),
        ("warn-text", "warn-back"),
        ("back", "accent"),  # the letters of A and B
    ]
    GRAPHICS = [
        *((bar, "back") for bar in ("grow-bar", "shrink-bar", "plain-bar", "merged-bar", "edge", "accent")),
        *((f"s{i}", "back") for i in range(4)),
        *((f"m{i}", "panel") for i in range(4)),
    ]

    def themes(self):
        style = self.STYLE.read_text()
        blocks = re.findall(r"^:root(\[data-theme=\"dark\"\])? \{(.*?)\}", style, re.DOTALL | re.MULTILINE)
        self.assertEqual([name for name, _ in blocks], ["", '[data-theme="dark"]'])
        light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for _, block in blocks)
        return {"light": light, "dark": {**light, **dark}}

    @staticmethod
    def ratio(one, other):
        def luminance(color):
            parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    def test_black_on_white_is_21(self):
        self.assertAlmostEqual(self.ratio("#000000", "#ffffff"), 21)
        self.assertAlmostEqual(self.ratio("#767676", "#ffffff"), 4.54, places=2)

    def test_every_text_and_every_graphic_stands_out_in_both_themes(self):
        for theme, colors in self.themes().items():
            for pairs, least in ((self.TEXTS, 4.5), (self.GRAPHICS, 3)):
                for one, other in pairs:
                    with self.subTest(theme=theme, one=one, other=other):
                        self.assertGreaterEqual(round(self.ratio(colors[one], colors[other]), 2), least)


@unittest.skipIf(browser.find() is None, "chromium is not installed")
class PageTest(PageCase):
    def group_of(self, row):
        frame = row["traceback"][-1]
        if "name" in frame:
            return frame["name"]
        is_line = frame["lineno"] != 0
        return f"{frame['filename']}:{frame['lineno']}" if is_line else f"{frame['filename']}+{frame['offset']:#x}"

    def test_every_view_has_the_numbers_of_its_command(self):
        reel = self.report(self.programs / "known_containers", 12)
        self.open()
        for a, b in ((0, 11), (3, 4), (7, 7)):
            for group in ("function", "lineno", "module", "domain", "tag"):
                with self.subTest(a=a, b=b, group=group):
                    by = ("--by", group, "-n", 10000)
                    live = self.json("stats", f"{reel}@{b}", *by)["statistics"]
                    expected = {self.group_of(row): (row["size"], row["count"]) for row in live}
                    self.assertEqual(self.show(a=a, b=b, view="live", group=group), expected)
                    grown = self.json("diff", f"{reel}@{a}", f"{reel}@{b}", *by)["differences"]
                    expected = {self.group_of(row): (row["size_diff"], row["count_diff"]) for row in grown}
                    shown = self.show(a=a, b=b, view="growth", group=group)
                    self.assertEqual({name: line for name, line in shown.items() if line != (0, 0)}, expected)
                    churn = self.json("diff", "--churn", f"{reel}@{a}", f"{reel}@{b}", *by)["churn"]
                    expected = {
                        self.group_of(row): (row["alloc_bytes"], row["allocs"]) for row in churn if row["allocs"] != 0
                    }
                    self.assertEqual(self.show(a=a, b=b, view="allocated", group=group), expected)
                    ends = (f"{reel}@{a}", f"{reel}@{b}")
                    short = self.json("diff", "--temporaries", *ends, *by)["statistics"]
                    expected = {self.group_of(row): (row["size"], row["count"]) for row in short}
                    self.assertEqual(self.show(a=a, b=b, view="temporaries", group=group), expected)
        self.assert_quiet()

    def test_the_questions_have_the_same_answers_on_the_page_and_from_the_command(self):
        reel = self.report(self.programs / "known_containers", 12)
        answers = page_questions.answers_of(self.command, reel, self.browser, self.folder)
        self.assertGreaterEqual(len(answers), 11)
        for question, shown, printed in answers:
            with self.subTest(question=question):
                self.assertEqual(shown, printed)
        self.assert_quiet()

    def printed(self, command):
        """What a command that the page offers prints."""
        words = shlex.split(command)
        self.assertEqual(words[0], "heapreel")
        outcome = self.heapreel(*words[1:])
        self.assertIn(outcome.returncode, (0, 1), (command, outcome.stderr))
        return outcome.stdout

    def test_commands_to_copy_print_the_numbers_beside_them(self):
        self.report(self.programs / "known_containers", 12)
        self.open()
        for view in ("live", "growth", "allocated", "temporaries", "peak"):
            for group in ("function", "lineno", "tag"):
                self.show(a=2, b=9, view=view, group=group)
                title = self.browser.value("document.getElementById('copy-command').title")
                text = self.printed(title.removeprefix("copy: ").removesuffix("   (c)"))
                rows = self.browser.value(
                    "[...document.querySelectorAll('#sites tbody tr')].map((row) => row.cells[0].textContent)"
                )
                self.assertGreater(len(rows), 0, (view, group))
                for size in rows:
                    with self.subTest(view=view, group=group, size=size):
                        self.assertIn(size.removeprefix("+"), text)
        self.show(a=2, b=9)
        title = self.browser.value("document.getElementById('copy-frames').title")
        self.assertIn("total", self.printed(title.removeprefix("copy: ")))
        commands = set()
        for tab in ("lifetimes", "sizes", "map", "leaks", "threads", "budgets", "symbols", "recording"):
            self.browser.value(f"document.querySelector('[data-tab={tab}]').click()")
            self.browser.wait("document.documentElement.dataset.settled === 'true'")
            offered = self.browser.value("[...document.querySelectorAll('.command code')].map((code) => code.textContent)")
            self.assertTrue(offered or tab == "budgets", tab)
            texts = [self.printed(command) for command in offered if command not in commands]
            commands.update(offered)
            cells = self.browser.value(
                "[...document.querySelectorAll('#tab-body tbody tr:first-child td')].map((cell) => cell.textContent.trim())"
            )
            # A figure of the first line: its blocks, or its bytes.
            figure = {"lifetimes": 1, "sizes": 1, "leaks": 0, "threads": 0}.get(tab)
            if figure is not None:
                self.assertIn(cells[figure], texts[0], tab)
        self.assert_quiet()

    def test_game_frames_have_the_programs_own_numbers(self):
        program = self.programs / "records_itself"
        if not program.exists():
            self.skipTest("this build has no program that links heapreel")
        reel = self.folder / "test.reel"
        outcome = subprocess.run([program, reel, "jumps"], env=self.environment, timeout=120)
        self.assertEqual(outcome.returncode, 3)
        self.assertEqual(self.heapreel("report", reel).returncode, 0)
        self.open()
        value = self.browser.value
        # Ours are 0 to 6, and 7 is the one that the end of the process cut off.
        names = ["1000", "1001#1", "1500", "1501", "1502", "1001#2", "7"]
        for game_frame, name in enumerate(names):
            lines = self.show(a=game_frame, b=game_frame, view="live")
            self.assertEqual([value(f"document.getElementById('input-{side}').value") for side in "ab"], [name, name])
            self.assertIn(f"live at the end of {name}:", value("document.getElementById('flame-title').textContent"))
            command = value("document.getElementById('copy-command').title").removeprefix("copy: ").removesuffix("   (c)")
            self.assertIn(f"@{name}", command)
            kept = [blocks for group, (_, blocks) in lines.items() if "keep_one" in group]
            self.assertEqual(kept, [game_frame + 1], name)
            row = next(line for line in self.printed(command).splitlines() if "keep_one" in line)
            self.assertRegex(row, rf"\b{game_frame + 1}\b", command)
        self.show(a=1, b=5)
        frames = value("document.getElementById('copy-frames').title").removeprefix("copy: ")
        self.assertRegex(frames, r"1500\.\.1001#2'?$")
        self.assertIn("1001#2", self.printed(frames))
        # What a person writes into A and B: a number of the program's; one that means two game frames is none.
        for written, shown in (("1500", "1500"), ("1001#2", "1001#2"), ("1001", "1001#2"), ("3", "1001#2")):
            value(f"(() => {{ const b = document.getElementById('input-b'); b.value = '{written}';"
                  " b.dispatchEvent(new Event('change')); })(), 0")
            self.assertEqual(value("document.getElementById('input-b').value"), shown, written)
        value("document.querySelector('[data-tab=leaks]').click()")
        self.browser.wait("document.documentElement.dataset.settled === 'true'")
        self.assertIn("1001#1 to 1001#2", value("document.getElementById('tab-body').textContent"))
        for command in value("[...document.querySelectorAll('.command code')].map((code) => code.textContent)"):
            self.assertIn("keep_one", self.printed(command))
        left, top = value(
            "(() => { const box = document.querySelector('#live-chart .u-over').getBoundingClientRect();"
            " return [box.left + 2, box.top + box.height / 2]; })()"
        )
        self.browser.mouse("mouseMoved", left, top)
        self.browser.wait("document.getElementById('hover-note').textContent.startsWith('game frame 1000: live ')")
        self.assert_quiet()

    def test_nothing_is_wider_than_the_window(self):
        self.report(self.programs / "known_containers", 12)
        for width in (1280, 1920, 3840):
            self.browser.size(width, width * 9 // 16)
            self.open()
            for tab in ("lifetimes", "sizes", "map", "leaks", "threads", "budgets", "symbols", "recording"):
                self.browser.value(f"document.querySelector('[data-tab={tab}]').click()")
                self.browser.wait("document.documentElement.dataset.settled === 'true'")
                beyond = self.browser.value("document.documentElement.scrollWidth - innerWidth")
                self.assertLessEqual(beyond, 0, (width, tab))
        self.assert_quiet()

    def test_a_drawing_looks_at_no_more_nodes_than_there_are_pixels(self):
        # 2^14 stacks, 33 thousand nodes, most of them narrower than a pixel.
        self.report(self.programs / "many_stacks", 14)
        self.open()
        value = self.browser.value
        self.show(a=0, b=1, view="allocated")
        nodes = value("Number(document.getElementById('flame').dataset.nodes)")
        self.assertGreater(nodes, 1 << 15)
        left, top, width, height = value(
            "(() => { const box = document.getElementById('flame').getBoundingClientRect();"
            " return [box.left, box.top, box.width, box.height]; })()"
        )
        rows = height / 18
        drawn = []
        for delta in (0, -300, -300, -300, -300, 300):
            self.browser.mouse(
                "mouseWheel", left + width / 3, top + height / 2, deltaX=0, deltaY=delta, modifiers=2  # Ctrl: zooms
            )
            value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
            looked = value("Number(document.getElementById('flame').dataset.looked)")
            self.assertLessEqual(looked, rows * (width + 1))
            drawn.append(value("Number(document.getElementById('flame').dataset.drawn)"))
        self.assertGreater(min(drawn), 14)
        self.assert_quiet()

    def test_keys_move_the_selection_and_the_address_follows(self):
        self.report(self.programs / "known_containers", 12)
        self.open()
        value = self.browser.value
        before = int(value("document.getElementById('input-b').value"))
        self.browser.key("ArrowLeft")
        self.assertEqual(int(value("document.getElementById('input-b').value")), before - 1)
        self.assertIn(f"b={before - 1}", value("location.hash"))
        for key, view in (("1", "live"), ("3", "allocated"), ("4", "temporaries"), ("p", "peak"), ("w", "allocated")):
            self.browser.key(key, key)
            chosen = value("document.querySelector('#views [aria-selected=true]').dataset.view")
            self.assertEqual(chosen, view)
        self.browser.key("g", "g")
        self.assertEqual(value("document.getElementById('group').value"), "lineno")
        self.browser.key("/", "/")
        self.assertEqual(value("document.activeElement.id"), "search")
        self.browser.key("Escape")
        self.browser.key("?", "?")
        self.assertTrue(value("document.getElementById('help').open"))
        self.browser.key("Escape")
        for tab in ("sizes", "map", "leaks", "threads", "budgets", "symbols", "recording", "lifetimes"):
            value(f"document.querySelector('[data-tab={tab}]').click()")
            self.browser.wait("document.getElementById('tab-body').children.length > 0")
        self.assert_quiet()

    def test_a_tree_of_calls_is_made_once_for_all_selections(self):
        self.report(self.programs / "known_containers", 12)
        self.open()
        for a, b, view in ((0, 11, "live"), (3, 4, "growth"), (2, 9, "allocated"), (2, 9, "temporaries")):
            self.show(a=a, b=b, view=view)
        trees = "Number(document.documentElement.dataset.trees)"
        self.assertEqual(self.browser.value(trees), 1)
        self.show(a=2, b=9, view="allocated", group="domain")
        self.assertEqual(self.browser.value(trees), 2)
        self.assert_quiet()

    def test_a_drag_over_the_timeline_selects(self):
        self.report(self.programs / "known_containers", 12)
        self.open()
        left, top, width = self.browser.value(
            "(() => { const box = document.querySelector('#live-chart .u-over').getBoundingClientRect();"
            " return [box.left, box.top + box.height / 2, box.width]; })()"
        )
        last = self.browser.value("Number(document.getElementById('input-b').max)")
        at = lambda game_frame: left + width * game_frame / last  # noqa: E731
        for begin, end, selected in ((5, 9, ["5", "9"]), (5, 3, ["3", "9"]), (8, 8, ["3", "8"])):
            self.browser.mouse("mousePressed", at(begin), top, button="left", clickCount=1)
            self.browser.mouse("mouseMoved", at((begin + end) / 2), top, button="left", buttons=1)
            self.browser.mouse("mouseMoved", at(end), top, button="left", buttons=1)
            self.browser.mouse("mouseReleased", at(end), top, button="left", clickCount=1)
            shown = [self.browser.value(f"document.getElementById('input-{side}').value") for side in "ab"]
            self.assertEqual(shown, selected, "a drag selects; A and B can be dragged; a click puts B")
        self.assert_quiet()

    def test_no_name_of_a_program_breaks_the_page(self):
        program = self.folder / "hostile"
        long_name = "_Z" + "".join(f"{len(part)}{part}" for part in ["N" * 20_000]) + "v"
        subprocess.run(
            [
                "objcopy",
                "--redefine-sym", "hostile_function=</script><img/src=x/onerror=document.title='function'>",
                "--redefine-sym", f"long_function={long_name}",
                self.programs / "hostile_names", program,
            ],
            check=True,
        )  # fmt: skip
        self.report(program)
        page = (self.folder / "test.html").read_text()
        shell = (ROOT / "tools/report/shell.html").read_text()
        self.assertEqual(page.count("</script"), shell.count("</script"))
        self.open()
        for group in ("function", "tag", "domain", "traceback"):
            self.show(a=1, b=7, view="allocated", group=group)
        for tab in ("map", "leaks", "threads", "symbols", "recording", "lifetimes"):
            self.browser.value(f"document.querySelector('[data-tab={tab}]').click()")
        names = self.show(a=1, b=7, view="allocated", group="function")
        self.assertIn("</script><img/src=x/onerror=document.title='function'>", names)
        self.assertTrue(any(len(name) > 19_000 for name in names), [len(name) for name in names])
        self.assertTrue(self.browser.value("document.title").endswith("heapreel"))
        self.assertEqual(self.browser.value("document.images.length"), 0)
        text = self.browser.value("document.body.innerText")
        self.assertNotIn("\u202e", text)
        self.assert_quiet()


if __name__ == "__main__":
    unittest.main()
