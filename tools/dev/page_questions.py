#!/usr/bin/env python3
"""Answers the questions that people have about a recording from its page, in a browser, and from the command.

    tools/dev/page_questions.py COMMAND REEL

The questions are those of tools/report/README.md. From the page only what a person reads is taken: texts. Prints
each question with both answers. Exit status: 0 all agree, 1 some do not, 2 cannot be tried.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import browser  # noqa: E402

ALL = ("-n", "100000")


def size_text(size):
    """As the command and the page print sizes."""
    value, unit = float(abs(size)), 0
    while not ((value < 100 and unit != 0) or value < 10 * 1024 or unit == 4):
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if value < 100 and unit else f"{value:.0f} {UNITS[unit]}"


UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def signed(text, value):
    return ("-" if value < 0 else "+") + text


def group_of(row):
    """What the page calls a group of the command's."""
    frame = row["traceback"][-1]
    if "name" in frame:
        return frame["name"]
    place = f"{frame['filename']}:{frame['lineno']}" if frame["lineno"] else f"{frame['filename']}+{frame['offset']:#x}"
    return place


class Questions:
    def __init__(self, command, reel, page):
        self.command, self.reel, self.page = command, reel, page
        self.answers = []  # (question, from the page, from the command)

    # ---- the two sides

    def json(self, *words):
        run = subprocess.run([self.command, *map(str, words), "--json"], capture_output=True, text=True)
        if run.returncode not in (0, 1, 4):
            raise RuntimeError(f"{words}: {run.stderr}")
        return json.loads(run.stdout)

    def text(self, selector):
        return self.page.value(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''").strip()

    def row(self, selector="#sites tbody tr"):
        """The texts of the first row of a table, and the group that it is about."""
        return self.page.value(
            f"(() => {{ const row = document.querySelector({json.dumps(selector)}); return row ?"
            " [[...row.cells].map((cell) => cell.textContent.trim()), row.dataset.group ?? ''] : [[], '']; })()"
        )

    def settle(self):
        """Until everything that was asked for is shown."""
        self.page.wait("document.documentElement.dataset.settled === 'true'")

    def press(self, key):
        self.page.key(key, key)
        self.settle()

    def choose(self, selector):
        self.page.value(f"document.querySelector({json.dumps(selector)}).click(), 0")
        self.settle()

    def put(self, **fields):
        for field, value in fields.items():
            self.page.value(
                f"(() => {{ const field = document.getElementById({json.dumps(field)}); field.value = {json.dumps(str(value))};"
                " field.dispatchEvent(new Event('input')); field.dispatchEvent(new Event('change')); })()"
            )
        self.settle()

    def selection(self):
        return [int(self.page.value(f"document.getElementById('input-{side}').value")) for side in "ab"]

    def compare(self, question, page, command):
        self.answers.append((question, page, command))

    # ---- the questions

    def worst_game_frame(self):
        self.press("w")
        a, b = self.selection()
        (cells, group) = self.row()
        page = [b, group, cells[0] if cells else ""]
        whole = [row["game_frame"] for row in self.all_rows if not row["partial"]]
        top = self.json("frames", self.reel, "--top", 1, f"{self.first_but_one()}..{whole[-1]}")
        worst = top["game_frames"][0]["game_frame"]
        churn = self.json("diff", "--churn", f"{self.reel}@{a}", f"{self.reel}@{b}", "--by", "function", *ALL)["churn"]
        most = max(churn, key=lambda row: row["allocs"], default=None)
        same = [group_of(row) for row in churn if row["allocs"] == most["allocs"]]
        command = [worst, group if group in same else same[0], f"{most['allocs']:,} "]
        page[2] = page[2].replace(" blocks", "") + " "
        self.compare("What allocates in my worst game frame?", page, command)

    def growth(self):
        self.choose("#sentences [data-about=growth]")
        self.put(search="")
        a, b = self.selection()
        cells, group = self.row()
        rows = self.json("diff", f"{self.reel}@{a}", f"{self.reel}@{b}", "--by", "function", *ALL)
        both = {group_of(row): row["size_diff"] for row in rows["differences"]}
        most = max(map(abs, both.values()), default=0)
        # What grows and shrinks in one function is one line of the page, by the sum of both.
        command = [signed(size_text(both.get(group, 0)), both.get(group, 0)), True]
        page = [cells[0] if cells else signed(size_text(0), 0), group == "" or abs(both.get(group, 0)) <= most]
        self.compare("What grew between A and B?", page, command)
        live = [size_text(rows[side]["live_bytes"]) for side in ("before", "after")]
        self.compare("How much is that?", self.text("#range-note b").split(" → "), live)

    def leaks(self):
        marks = self.json("marks", self.reel)["marks"]
        first, last = self.first(), self.last_whole()
        a, b = (marks[0]["game_frame"], marks[1]["game_frame"]) if len(marks) > 1 else (first + 1, last)
        self.put(**{"input-a": a, "input-b": b})
        a, b = self.selection()
        self.choose("[data-tab=leaks]")
        cells, _ = self.row("#tab-body tbody tr")
        found = self.json("leaks", self.reel, "--born", f"{a}..{b}", "--at", last, *ALL)
        text = self.text("#tab-body p")
        expected = f"{size_text(found['live_bytes'])} in {found['live_blocks']:,} block"
        self.compare("What leaked between two marks?", expected in text, True)
        top = found["statistics"][0] if found["statistics"] else None
        self.compare("Who leaked the most?", cells[:2], [size_text(top["size"]), f"{top['count']:,}"] if top else [])

    def peak(self):
        self.press("p")
        cells, group = self.row()
        found = self.json("stats", f"{self.reel}@peak", "--by", "function", *ALL)
        top = found["statistics"][0]
        command = [group_of(top), size_text(top["size"]), f"{top['count']:,}"]
        self.compare("What was alive at the peak?", [group, *cells[:2]], command)
        title = self.text("#flame-title")
        expected = f"peak, at the end of {found['game_frame']:,}: {size_text(found['live_bytes'])}"
        self.compare("When was it, and how much?", expected in title, True)

    def temporaries(self):
        self.put(**{"input-a": self.first(), "input-b": self.last_whole()})
        self.press("4")
        a, b = self.selection()
        cells, group = self.row()
        found = self.json("diff", "--temporaries", f"{self.reel}@{a}", f"{self.reel}@{b}", "--by", "function", *ALL)
        top = found["statistics"][0] if found["statistics"] else None
        command = [group_of(top), size_text(top["size"])] if top else ["", ""]
        self.compare("What is allocated and freed within one game frame?", [group, *(cells[:1] or [""])], command)

    def sizes(self):
        self.choose("[data-tab=sizes]")
        last = self.last_whole()
        bins = "power-of-two" if self.json("info", self.reel)["allocator"] == "system" else "mimalloc"
        found = self.json("stats", "--sizes", bins, f"{self.reel}@{last}")
        rows = self.page.value(
            "[...document.querySelectorAll('#tab-body .columns > div')][1].querySelectorAll('tbody tr').length"
        )
        cells, _ = self.row("#tab-body .columns > div:nth-child(2) tbody tr:last-child")
        slack = sum(size.get("slack", 0) for size in found["sizes"])
        command = [len(found["sizes"]) + 1, "all", f"{found['live_blocks']:,}", size_text(found["live_bytes"])]
        page = [rows, *cells[:3]]
        if bins == "mimalloc":
            command.append(size_text(slack))
            page.append(cells[4])
        self.compare("How large are blocks, and what is rounded up?", page, command)

    def lifetimes(self):
        self.choose("[data-tab=lifetimes]")
        found = self.json("stats", "--lifetimes", self.reel, *ALL)
        shown = self.page.value(
            "[...document.querySelectorAll('#tab-body .columns > div:first-child tbody tr')]"
            ".map((row) => row.cells[1].textContent)"
        )
        command = [f"{count:,}" for count in found["counts"]] if found["freed"] else []
        self.compare("How long do blocks live?", shown, command)

    def threads(self):
        a, b = self.selection()
        self.choose("[data-tab=threads]")
        cells, _ = self.row("#tab-body tbody tr")
        rows = self.json("diff", "--churn", f"{self.reel}@{a}", f"{self.reel}@{b}", "--by", "thread", *ALL)["churn"]
        top = max(rows, key=lambda row: row["allocs"], default=None)
        command = [f"{top['allocs']:,}", size_text(top["alloc_bytes"]), f"{top['frees']:,}"] if top else []
        self.compare("Which thread allocates?", [cells[i] for i in (0, 2, 3)] if cells else [], command)

    def budgets(self):
        self.choose("[data-tab=budgets]")
        if not self.json("info", self.reel).get("budgets"):
            return
        found = self.json("check", self.reel)["findings"]
        over = sorted({finding["name"] for finding in found if finding["state"] == "over"})
        shown = self.page.value(
            "[...document.querySelectorAll('#tab-body tbody tr')].filter((row) => row.cells[0].textContent.includes('✗'))"
            ".map((row) => row.cells[1].textContent)"
        )
        self.compare("Who broke a budget?", sorted(set(shown)), over)

    # ---- what the questions are about

    def rows(self):
        return self.json("frames", self.reel, "--all")["game_frames"]

    def first(self):
        return self.all_rows[0]["game_frame"]

    def first_but_one(self):
        return self.all_rows[1]["game_frame"]

    def last_whole(self):
        """Before the program shut down, as the page has it."""
        return self.page.value("JSON.parse(document.getElementById('head').textContent).moments.to")

    def ask(self):
        self.all_rows = self.rows()
        for question in (
            self.worst_game_frame, self.growth, self.leaks, self.peak, self.temporaries, self.sizes, self.lifetimes,
            self.threads, self.budgets,
        ):  # fmt: skip
            question()
        return self.answers


def answers_of(command, reel, page, folder):
    """A list of (question, the page's answer, the command's). The page is written into `folder`."""
    path = pathlib.Path(folder) / "questions.html"
    subprocess.run([command, "report", "-f", "-o", path, reel], check=True, stdout=subprocess.DEVNULL)
    page.open(f"file://{path}")
    page.wait("document.documentElement.dataset.settled === 'true'")
    return Questions(str(command), str(reel), page).ask()


def main(command, reel):
    found = browser.find()
    if not found:
        print("page_questions: chromium is not installed", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="heapreel-questions-") as folder, browser.Browser(found) as page:
        page.size(1280, 800)
        answers = answers_of(command, reel, page, folder)
    for question, shown, printed in answers:
        print(f"{'same  ' if shown == printed else 'DIFFER'}  {question}\n        page     {shown}")
        if shown != printed:
            print(f"        command  {printed}")
    return 0 if all(shown == printed for _, shown, printed in answers) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
