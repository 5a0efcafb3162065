"""What each command prints with --json is what tools/json_schemas says: schemas for scripts, installed with the command."""

import json
import os
import pathlib
import re
import subprocess
import unittest
import warnings

from command_case import CommandCase

try:
    import jsonschema
except ImportError:
    jsonschema = None

PAGE = pathlib.Path(os.environ["HEAPREEL_JSON_PAGE"])
FOLDER = PAGE.parent / "json_schemas"


def closed(schema):
    """The same schema, which allows no member that it does not name. Published, they allow those of later versions."""
    if isinstance(schema, dict):
        schema = {name: closed(value) for name, value in schema.items()}
        if "properties" in schema:
            schema["additionalProperties"] = False
        return schema
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


def commands():
    """(name of the schema, words of a command that prints it). A schema without a row is asked of the command of its name."""
    return [
        ("info", ("info", "game.reel")),
        ("info", ("info", "still.reel")),
        ("verify", ("info", "--verify", "game.reel")),
        ("stats", ("stats", "--born", "1..3", "game.reel")),
        ("stats", ("stats", "--by", "domain", "game.reel")),
        ("stats", ("stats", "--cumulative", "--by", "function", "-n", "1", "game.reel")),
        ("sizes", ("stats", "--sizes", "mimalloc", "game.reel")),
        ("sizes", ("stats", "--sizes", "power-of-two", "game.reel")),
        ("leaks", ("leaks", "game.reel")),
        ("leaks", ("leaks", "--born", "1..2", "--at", "3", "game.reel")),
        ("lifetimes", ("leaks", "--rule", "specific-lifetime", "game.reel", "1", "2", "3", "4")),
        ("lifetimes", ("leaks", "--rule", "after", "game.reel", "1")),
        ("diff", ("diff", "game.reel@0", "game.reel@5")),
        ("diff", ("diff", "-n", "1", "--cumulative", "game.reel@0", "game.reel@5")),
        ("churn", ("diff", "--churn", "--by", "thread", "game.reel@0", "game.reel@5")),
        ("temporaries", ("diff", "--temporaries", "game.reel@0", "game.reel@5")),
        ("lived", ("stats", "--lifetimes", "game.reel")),
        ("frames", ("frames", "game.reel")),
        ("frames", ("frames", "-n", "1", "still.reel")),
        ("first", ("frames", "--first", "allocs > 0", "game.reel")),
        ("first", ("frames", "--first", "allocs > 100000000", "game.reel")),
        ("marks", ("marks", "marked.reel")),
        ("advice", ("advise", "game.reel")),
        ("check", ("check", "game.reel", "--budgets", "memory.toml")),
        ("check", ("check", "game.reel", "--baseline", "game.reel")),
        ("summary", ("report", "--summary", "game.reel")),
        ("doctor", ("doctor",)),
    ]


# What is asked of a program that numbers its own game frames, too.
NUMBERED = [("advice", ("advise",)), ("summary", ("report", "--summary")), ("top", ("top",)), ("frames", ("frames",)), ("domains", ("domains",))]


@unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed (tools/install_dependencies test)")
class JsonSchemasTest(CommandCase):
    @classmethod
    def setUpClass(cls):
        texts = {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.schema.json")}
        cls.schemas = {name.removesuffix(".schema.json"): schema for name, schema in texts.items()}
        cls.store = {name: closed(schema) for name, schema in texts.items()}

    def errors_in(self, name, answer):
        schema = self.store[f"{name}.schema.json"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer releases have another class beside it
            resolver = jsonschema.RefResolver(base_uri=schema["$id"], referrer=schema, store=self.store)
        validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
        return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(answer)]

    def commands(self):
        """commands(), and for the other schemas the commands of their names."""
        named = {name for name, _ in commands()}
        self.assertLessEqual(named, set(self.schemas), "an answer without its NAME.schema.json in tools/json_schemas/")
        return commands() + [(name, (name, "game.reel")) for name in sorted(set(self.schemas) - named - {"common"})]

    def test_every_answer_is_as_its_schema_says(self):
        run = ("run", "--frame-every", 0, "-o")
        self.assertEqual(self.heapreel(*run, "game.reel", "--", self.programs / "known_containers", 8).returncode, 0)
        vectors = PAGE.parents[1] / "tests/vectors"
        (self.folder / "marked.reel").write_bytes((vectors / "golden_all.reel").read_bytes())
        self.assertEqual(self.heapreel("snap", "game.reel", "-o", "still.reel").returncode, 0)
        (self.folder / "memory.toml").write_text('["*"]\nallocs_per_game_frame = 0\nlive_bytes = "1G"\n[Nobody]\nfrees_per_game_frame = 1\n')
        numbered = [(name, (*words, "numbers.reel")) for name, words in NUMBERED]
        if (self.programs / "records_itself").exists():  # not beside a sanitizer
            program = [self.programs / "records_itself", self.folder / "numbers.reel", "numbers"]
            self.assertEqual(subprocess.run(program, env=self.environment, timeout=120).returncode, 3)
        else:
            numbered = []
        for name, words in self.commands() + numbered:
            with self.subTest(words):
                outcome = self.heapreel(*words, "--json")
                self.assertIn("{", outcome.stdout, outcome.stderr + "Name the words of a command that prints it in commands().")
                answer = json.loads(outcome.stdout)
                self.assertEqual(answer["schema"], f"heapreel.{name}/1", outcome.stderr)
                self.assertEqual(self.errors_in(name, answer), [])

    def test_they_are_schemas_and_refuse_what_is_not_theirs(self):
        for name, schema in self.schemas.items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)
                if name != "common":
                    self.assertNotEqual(self.errors_in(name, {"schema": f"heapreel.{name}/1", "file": "x"}), [])

    def test_each_says_what_it_is_of_and_what_its_members_mean(self):
        for name in sorted(set(self.schemas) - {"common"}):
            with self.subTest(name):
                self.assertRegex(self.schemas[name]["title"], r"^heapreel \w+ .*--json$")
                self.assertTrue(self.schemas[name]["description"])

    def test_every_command_with_json_has_a_schema(self):
        table = self.heapreel("help").stdout.split("commands:")[1].split("\n\n")[0]
        names = re.findall(r"^  (\w+) ", table, re.MULTILINE)
        with_json = {name for name in names if "--json" in self.heapreel("help", name).stdout}
        self.assertEqual(with_json, {words[0] for _, words in self.commands()},
                         "commands with --json, and those of which there is a schema in tools/json_schemas/")


if __name__ == "__main__":
    unittest.main()
