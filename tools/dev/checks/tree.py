"""The source tree as the checks see it: its tracked files, their lines, and the form of a finding."""

import dataclasses
import functools
import pathlib
import subprocess

CPP_SUFFIXES = (".h", ".cc")
# Inputs for traced programs, kept as their authors wrote them.
FOREIGN = ("tests/workloads/", "tests/vectors/")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str  # what is wrong, and what to do

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """Files are named relative to the root, with forward slashes."""

    def __init__(self, root, files):
        self.root = pathlib.Path(root)
        self.files = sorted(files)

    @classmethod
    def from_git(cls, root):
        """Tracked files and new ones that nobody ignores, so that a check speaks before the commit."""
        listing = subprocess.run(
            # A checkout that belongs to another user (containers, CI) is fine to read.
            [
                "git",
                "-c",
                f"safe.directory={root}",
                "-C",
                str(root),
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        names = [name for name in listing.split("\0") if name]
        return cls(root, [name for name in names if (pathlib.Path(root) / name).is_file()])

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The file's text; undecodable bytes are replaced, since a check looks for words, not for bytes."""
        return (self.root / path).read_bytes().decode("utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).splitlines()

    def own_files(self):
        return [path for path in self.files if not path.startswith(FOREIGN)]

    def cpp_files(self):
        return [path for path in self.own_files() if path.endswith(CPP_SUFFIXES)]
