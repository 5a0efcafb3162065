"""`heapreel live` and `snap`: the page that follows a running program, and a still of it."""

import http.client
import json
import os
import pathlib
import signal
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

    def test_a_still_of_a_running_program(self):
        run, program = self.start_waiting()
        self.look(program)
        outcome = self.heapreel("snap", program, "-o", "now.still")
        self.assertIn("60 blocks", outcome.stdout)
        stats = json.loads(self.heapreel("stats", "now.still", "--json").stdout)
        self.assertEqual((stats["game_frame"], stats["live_blocks"]), (2, 60))
        self.assertEqual(self.heapreel("snap", program, "-o", "now.still").returncode, 2)
        self.assertEqual(self.heapreel("snap", program).returncode, 2)
        os.kill(program, signal.SIGUSR1)
        run.wait(60)


if __name__ == "__main__":
    unittest.main()
