"""`heapreel live` and `snap`: the page that follows a running program, and a still of it."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "tools/dev"))

import browser  # noqa: E402
from watch_case import WatchCase  # noqa: E402


class LiveTest(WatchCase):
    def start_live(self):
        """A waiting program and the server that follows it: run, program, server, URL."""
        run, program = self.start_waiting()
        self.look(program)
        server = self.start("live", program, "--every", 10)
        return run, program, server, urllib.parse.urlsplit(server.stdout.readline().strip())

    def ask(self, url, path=None, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, url.path if path is None else path, headers=headers)
        return connection.getresponse()

    def stop(self, server):
        server.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(60), 0)

    def test_the_page_and_its_data_follow_the_program(self):
        run, program, server, url = self.start_live()
        page = self.ask(url)
        self.assertEqual((page.status, page.headers["Cache-Control"]), (200, "no-store"))
        self.assertIn("connect-src 'self'; base-uri 'none'", page.read().decode())
        events = self.ask(url, url.path + "events")
        self.assertEqual(events.headers["Content-Type"], "text/event-stream")
        self.assertRegex(events.readline().decode(), r"^data: \d+\n$")
        is_told = False
        while True:  # until the last look, which the end of the program brings
            head, _, body = self.ask(url, url.path + "data").read().decode().partition("\n")
            head = json.loads(head)
            self.assertTrue(body)
            if not head["being_written"]:
                break
            self.assertEqual(head["moments"]["to"], 2)
            if not is_told:
                is_told = True
                os.kill(program, signal.SIGUSR1)
                run.wait(60)
            events.readline()
        self.assertEqual(head["ended"], "exit 21")
        self.stop(server)

    def test_only_who_knows_the_address_is_answered(self):
        run, program, server, url = self.start_live()
        for path in ("/", url.path[:-2] + "/", url.path + "x", "/../" + url.path):
            self.assertEqual(self.ask(url, path).status, 404, path)
        self.assertEqual(self.ask(url, Host="example.com").status, 403)
        self.assertEqual(self.ask(url, Host=f"example.com:{url.port}").status, 403)
        self.assertEqual(self.ask(url, method="POST").status, 400)
        self.assertEqual(self.ask(url).status, 200)
        self.stop(server)
        os.kill(program, signal.SIGUSR1)
        run.wait(60)

    def last_game_frame(self, url):
        head = self.ask(url, url.path + "data").read().decode().partition("\n")[0]
        return json.loads(head)["moments"]["to"]

    def start_steps(self):
        """A traced program that does what it is told by letters, and the function that tells it."""
        run = subprocess.Popen(
            [self.command, "run", "--frame-every", "0", "-o", "steps.reel", "--", str(self.programs / "steps")],
            cwd=self.folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (run.stdout, run.stdin):
            self.addCleanup(end.close)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)

        def step(letters):
            for letter in letters:
                run.stdin.write(letter.encode())
                run.stdin.flush()
                run.stdout.readline()

        return run, step

    def end_steps(self, run):
        run.stdin.write(b"x")
        run.stdin.close()
        self.assertEqual(run.wait(60), 7)

    def test_who_reads_nothing_holds_nobody_up_and_gets_one_whole_look(self):
        run, step = self.start_steps()
        step("ag")
        self.look("steps.reel", game_frame=0)
        server = self.start("live", "steps.reel", "--every", 10)
        url = urllib.parse.urlsplit(server.stdout.readline().strip())
        silent = []
        for path in ("events", "data"):
            connection = socket.create_connection(("127.0.0.1", url.port))
            self.addCleanup(connection.close)
            connection.sendall(f"GET {url.path}{path} HTTP/1.1\r\nHost: 127.0.0.1:{url.port}\r\n\r\n".encode())
            silent.append(connection)
        events = self.ask(url, url.path + "events")
        for game_frame in range(1, 6):
            step("ag")
            while self.last_game_frame(url) != game_frame:
                events.readline()
        answer = http.client.HTTPResponse(silent[1])
        answer.begin()
        self.assertEqual(json.loads(answer.read().decode().partition("\n")[0])["moments"]["to"], 0)
        events.close()
        self.end_steps(run)
        self.stop(server)

    def test_the_page_freezes_what_lives_into_a_still(self):
        run, program, server, url = self.start_live()
        answer = self.ask(url, url.path + "freeze")
        self.assertEqual(answer.status, 200)
        still = json.loads(answer.read())
        self.assertEqual((still["game_frame"], still["live_blocks"]), (2, 60))
        self.assertTrue(still["file"].endswith("test.2.still"))
        stats = json.loads(self.heapreel("stats", still["file"], "--json").stdout)
        self.assertEqual((stats["game_frame"], stats["live_blocks"]), (2, 60))
        again = self.ask(url, url.path + "freeze")
        self.assertEqual(again.status, 500)
        self.assertIn("exists already", again.read().decode())
        self.stop(server)
        os.kill(program, signal.SIGUSR1)
        run.wait(60)

    def start_run_live(self):
        """A run that serves its page, and the page's address."""
        run = self.start("run", "--live", "--frame-every", 0, "-o", "test.reel", "--", self.known_heap, "frames_and_signal")
        line = run.stderr.readline()
        self.assertIn("heapreel: live at http://127.0.0.1:", line)
        self.assertEqual(run.stdout.readline(), "waiting\n")
        children = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        (program,) = (id for id in children if pathlib.Path(f"/proc/{id}/comm").read_text() == "known_heap\n")
        return run, int(program), urllib.parse.urlsplit(line.split()[3])

    def test_a_run_serves_its_page_until_who_looks_has_the_end(self):
        run, program, url = self.start_run_live()
        while b"data-live" not in self.ask(url).read():  # until the reel is there, it is a page that waits
            pass
        events = self.ask(url, url.path + "events")
        events.readline()
        os.kill(program, signal.SIGUSR1)
        ended = ""
        while not ended:
            events.readline()
            head = json.loads(self.ask(url, url.path + "data").read().decode().partition("\n")[0])
            ended = "" if head["being_written"] else head["ended"]
        self.assertEqual(ended, "exit 21")
        events.close()
        self.assertEqual(run.wait(60), 21)

    def test_a_run_ends_at_once_when_nobody_looks(self):
        run, program, url = self.start_run_live()
        os.kill(program, signal.SIGUSR1)
        self.assertEqual(run.wait(60), 21)
        with self.assertRaises(ConnectionRefusedError):
            self.ask(url)
        said = run.stderr.read()
        self.assertIn("wrote test.reel", said)
        self.assertNotIn("terminate", said)  # the process that serves ends quietly, too
        self.assertEqual(self.heapreel("run", "--live", "--follow-forks", "--", self.known_heap).returncode, 2)

    @unittest.skipIf(browser.find() is None, "chromium is not installed")
    def test_a_browser_follows(self):
        run, program, server, url = self.start_live()
        with browser.Browser(browser.find()) as page:
            page.size(1280, 800)
            page.open(url.geturl())
            page.wait("document.documentElement.dataset.shown !== undefined")
            text = "document.getElementById('facts').textContent"
            self.assertIn("running", page.value(text))
            self.assertEqual(page.value("document.getElementById('input-b').value"), "2")
            os.kill(program, signal.SIGUSR1)
            run.wait(60)
            page.wait(f"{text}.includes('exit 21')")
            self.assertEqual(page.errors, [])
            others = [other for other in page.requests if not other.startswith((url.geturl(), "blob:"))]
            self.assertEqual(others, [])
        self.stop(server)

    def open_page(self, *words):
        """A program that is told what to do, the server of its page, and the page in a browser, at game frame 0."""
        run, step = self.start_steps()
        step("ag")
        self.look("steps.reel", game_frame=0)
        server = self.start("live", "steps.reel", "--every", 10, *words)
        url = urllib.parse.urlsplit(server.stdout.readline().strip())
        page = browser.Browser(browser.find()).__enter__()
        self.addCleanup(page.__exit__, None, None, None)
        page.size(1280, 800)
        page.open(url.geturl())
        page.wait("document.documentElement.dataset.shown !== undefined")
        return run, step, server, url, page

    def assert_quiet(self, page, url):
        self.assertEqual(page.errors, [])
        others = [other for other in page.requests if not other.startswith((url.geturl(), "blob:"))]
        self.assertEqual(others, [])

    def click(self, page, id):
        x, y = page.value(
            f"(() => {{ const box = document.getElementById('{id}').getBoundingClientRect();"
            " return [box.left + box.width / 2, box.top + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            page.mouse(kind, x, y, button="left", clickCount=1)

    @unittest.skipIf(browser.find() is None, "chromium is not installed")
    def test_in_a_browser_the_page_follows_freezes_and_holds(self):
        run, step, server, url, page = self.open_page()
        b = "document.getElementById('input-b').value"
        for game_frame in (1, 2):
            step("ag")
            page.wait(f"{b} === '{game_frame}'")
        note = "document.getElementById('still-note')"
        self.assertTrue(page.value(f"{note}.hidden"))
        self.click(page, "freeze")
        page.wait(f"{note}.textContent.startsWith('wrote ')")
        still = re.fullmatch(
            r"wrote (.*): game frame 2, which ended \d+\.\d s ago", page.value(f"{note}.textContent")
        )[1]
        stats = json.loads(self.heapreel("stats", still, "--json").stdout)
        self.assertEqual((stats["game_frame"], stats["live_blocks"]), (2, 300))
        # It goes on following: a still is a file of its own.
        step("ag")
        page.wait(f"{b} === '3'")
        # By keyboard, and told when the file is there already.
        page.value("document.getElementById('freeze').focus(), 0")
        for expected in ("startsWith('wrote ')", "includes('exists already')"):
            page.key("Enter", "\r")
            page.wait(f"{note}.textContent.{expected}")
        self.assertIn("steps.3.still", page.value(f"{note}.textContent"))
        # The server answers a still that it cannot write with an error, which the browser notes.
        self.assertEqual([text for text in page.errors if "500" not in text], [])
        page.errors.clear()
        # What is held stays, though there is more; then the page comes to the newest at once.
        self.click(page, "hold")
        self.assertEqual(page.value("document.getElementById('hold').getAttribute('aria-pressed')"), "true")
        told = page.value("Number(document.documentElement.dataset.told)")
        step("agag")
        page.wait(f"Number(document.documentElement.dataset.told) > {told}")
        self.assertEqual(page.value(b), "3")
        page.value("document.getElementById('hold').focus(), 0")
        page.key("Enter", "\r")
        page.wait(f"{b} === '5'")
        self.assertEqual(page.value("document.getElementById('live-note').textContent").split(",")[0], "live")
        # B stays where it was put, while the program goes on.
        page.value("document.activeElement.blur(), 0")
        page.key("ArrowLeft")
        self.assertEqual(page.value(b), "4")
        step("ag")
        page.wait("document.getElementById('input-b').max === '6'")
        self.assertEqual(page.value(b), "4")
        self.end_steps(run)
        page.wait("document.getElementById('facts').textContent.includes('exit 7')")
        self.assert_quiet(page, url)
        self.stop(server)

    @unittest.skipIf(browser.find() is None, "chromium is not installed")
    def test_a_long_recording_has_older_game_frames_in_steps_whose_sums_are_exact(self):
        run, step, server, url, page = self.open_page("--newest", 16)
        note = "document.getElementById('fold-note').textContent"
        last = 0
        # What threads did is told some 64 states later, and on a busy machine not every game frame has one.
        while not page.value(note):
            for letters in ("ag", "ffg", "affg", "fg") * 5:
                step(letters)
                last += 1
            page.wait(f"document.getElementById('input-b').value === '{last}'")
        self.assertRegex(
            page.value(note), r"^up to game frame \d+: one point for up to \d+ game frames, the most in any of them$"
        )
        self.assertLess(page.value("Number(document.documentElement.dataset.rows)"), last)
        # The first game frames are asked for by number: the page goes to the end of their step, and says which it is.
        for asked in (0, last // 7, last // 3, last // 2):
            page.value(f"location.hash = '#a={asked}&b={last}', 0")
            page.wait(f"(document.documentElement.dataset.shown ?? '').includes('b={last}')"
                      " && document.documentElement.dataset.settled === 'true'")  # fmt: skip
            a = int(page.value("document.getElementById('input-a').value"))
            self.assertTrue(asked <= a <= last, (asked, a))
            page.wait(f"(document.documentElement.dataset.shown ?? '').includes('a={a}&')")
            diff = json.loads(self.heapreel("diff", f"steps.reel@{a}", f"steps.reel@{last}", "--json").stdout)
            grown = sum(row["size_diff"] for row in diff["differences"])
            shown = page.value("document.documentElement.dataset.grown - document.documentElement.dataset.shrunk")
            self.assertEqual(shown, grown, a)
            frames = json.loads(self.heapreel("frames", "steps.reel", f"{a + 1}..{last}", "--json").stdout)["game_frames"]
            allocs = sum(row["allocs"] for row in frames)
            text = page.value("document.getElementById('range-note').textContent")
            self.assertIn(f"{last - a} game frames", text)
            self.assertIn(f"{allocs:,} allocations", text)
        self.end_steps(run)
        page.wait("document.getElementById('facts').textContent.includes('exit 7')")
        self.assert_quiet(page, url)
        self.stop(server)

    def test_a_still_of_a_running_program(self):
        run, program = self.start_waiting()
        self.look(program)
        outcome = self.heapreel("snap", program, "-o", "now.still")
        self.assertRegex(outcome.stdout, r"game frame 2, which ended \d+\.\d s ago: .* in 60 blocks\n")
        stats = json.loads(self.heapreel("stats", "now.still", "--json").stdout)
        self.assertEqual((stats["game_frame"], stats["live_blocks"]), (2, 60))
        self.assertEqual(self.heapreel("snap", program, "-o", "now.still").returncode, 2)
        self.assertEqual(self.heapreel("snap", program).returncode, 2)
        os.kill(program, signal.SIGUSR1)
        run.wait(60)


if __name__ == "__main__":
    unittest.main()
