"""The page without a mouse: every control is reached and shown, and tables are put in order by their heads."""

import re
import unittest

from page_case import PageCase, browser


@unittest.skipIf(browser.find() is None, "chromium is not installed")
class PageControlsTest(PageCase):
    def column(self, table, at):
        return self.browser.value(
            f"[...document.querySelectorAll('{table} tbody tr')].map((row) => row.cells[{at}].textContent.trim())"
        )

    def heads(self, table):
        """Of the heads that put a table in order: their places, and what they say of the order."""
        heads = self.browser.value(
            f"[...document.querySelectorAll('{table} th')].map((head) =>"
            " [head.querySelector('button') !== null, head.getAttribute('aria-sort')])"
        )
        return {at: sort for at, (is_button, sort) in enumerate(heads) if is_button}

    def sort(self, table, at, by_key):
        button = f"document.querySelectorAll('{table} th')[{at}].querySelector('button')"
        if by_key:
            self.browser.value(f"{button}.focus(), 0")
            self.browser.key("Enter", "\r")
        else:
            left, top = self.browser.value(
                f"(() => {{ {button}.scrollIntoView({{ block: 'center' }}); const box = {button}.getBoundingClientRect();"
                " return [box.left + box.width / 2, box.top + box.height / 2]; })()"
            )
            for kind in ("mousePressed", "mouseReleased"):
                self.browser.mouse(kind, left, top, button="left", clickCount=1)
        self.browser.wait("document.documentElement.dataset.settled === 'true'")

    @staticmethod
    def number(text):
        found = re.match(r"(?:up to )?([+-]?[\d,]+(?:\.\d+)?) ?(B|[KMGT]iB|%)?(?= |$)", text)
        if not found:
            return None
        units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
        return float(found[1].replace(",", "")) * units.get(found[2], 1)

    def assert_sorts(self, table):
        """Each head, by mouse and by key: one way, the other way, and back to how it was."""
        heads = self.heads(table)
        self.assertTrue(heads, table)
        for at in heads:
            usual = self.column(table, at)
            usual_heads = self.heads(table)
            seen = set()
            for by_key in (False, True):
                self.sort(table, at, by_key)
                order = self.heads(table)[at]
                seen.add(order)
                self.assertEqual([sort for place, sort in self.heads(table).items() if place != at], ["none"] * (len(heads) - 1))
                texts = self.column(table, at)
                values = [self.number(text) for text in texts]
                if None in values:
                    continue  # texts are in the order of whole names, of which short ones are shown
                if table.startswith("#tab-body") and usual and usual[-1] == texts[-1] and values != sorted(values, reverse=order == "descending"):
                    values.pop()  # the sum stays last
                self.assertEqual(values, sorted(values, reverse=order == "descending"), (table, at, order))
                self.assertEqual(sorted(texts), sorted(usual))
            self.assertEqual(seen, {"ascending", "descending"}, (table, at))
            self.sort(table, at, True)
            self.assertEqual((self.column(table, at), self.heads(table)), (usual, usual_heads), (table, at))

    def test_tables_are_put_in_order_by_their_heads(self):
        self.report(self.programs / "known_containers", 12)
        self.open()
        for view in ("live", "growth", "allocated", "temporaries"):
            self.show(a=2, b=9, view=view, group="lineno")
            self.assert_sorts("#sites")
        sorted_tables = 0
        for tab in ("lifetimes", "sizes", "leaks", "threads", "symbols", "recording"):
            self.browser.value(f"document.querySelector('[data-tab={tab}]').click()")
            self.browser.wait("document.documentElement.dataset.settled === 'true'")
            tables = self.browser.value(
                "[...document.querySelectorAll('#tab-body table')].map((table, i) => (table.id = `table-${i}`,"
                " table.querySelector('th button') !== null))"
            )
            for i, is_sorted in enumerate(tables):
                if is_sorted:
                    self.assert_sorts(f"#tab-body #table-{i}")
                    sorted_tables += 1
        self.assertGreaterEqual(sorted_tables, 5)
        # A link keeps the order.
        self.show(a=2, b=9, view="allocated", group="lineno", sort="allocs", ascending="true")
        self.assertEqual(self.heads("#sites")[1], "ascending")
        self.assert_quiet()

    def test_the_tab_key_reaches_every_control_and_shows_where_it_is(self):
        self.report(self.programs / "known_containers", 12)
        for dark in (False, True):
            self.browser.size(1280, 800, dark=dark)
            self.open()
            for tab in ("lifetimes", "sizes", "leaks", "map"):
                self.browser.value(f"document.querySelector('[data-tab={tab}]').click(), document.activeElement.blur(), 0")
                self.browser.wait("document.documentElement.dataset.settled === 'true'")
                self.browser.value(
                    "window.wanted = new Set([...document.querySelectorAll("
                    "'a[href], button, input, select, textarea, [tabindex]:not([tabindex=\"-1\"])')]"
                    ".filter((element) => element.checkVisibility() && !element.disabled)),"
                    " window.unseen = [], document.body.focus(), getSelection().collapse(document.body, 0), 0"
                )
                count = self.browser.value("window.wanted.size")
                self.assertGreater(count, 40)
                for _ in range(count + 1):
                    self.browser.key("Tab")
                    self.browser.value(
                        "(() => { const at = document.activeElement; window.wanted.delete(at);"
                        " const { outlineStyle, outlineWidth } = getComputedStyle(at);"
                        " if (at !== document.body && (outlineStyle === 'none' || parseFloat(outlineWidth) < 2))"
                        " window.unseen.push(at.outerHTML.slice(0, 80)); return 0; })()"
                    )
                self.assertEqual(self.browser.value("[...window.wanted].map((left) => left.outerHTML.slice(0, 120))"), [], tab)
                self.assertEqual(self.browser.value("window.unseen"), [], tab)
        self.assert_quiet()


if __name__ == "__main__":
    unittest.main()
