"""The tree names no place of one machine: no home or scratch folder, no host but those below."""

import re

from checks.tree import Finding

# Absolute paths under these are somebody's own machine. /usr, /proc and their like are the platform's.
PERSONAL_ROOTS = ("home", "root", "Users", "tmp", "work", "workspace", "mnt", "media", "data", "builds")
MADE_UP_HOMES = ("me/", "user/", "ci/")  # for examples and test data
PERSONAL_PATH = re.compile(
    r"(?<![\w.}~\])/-])/(?:" + "|".join(PERSONAL_ROOTS) + r")/(?!" + "|".join(MADE_UP_HOMES) + r")[\w.]"
)

# Hosts that a text or a page may name, with their subdomains. Package mirrors are not among them.
KNOWN_HOSTS = (
    "127.0.0.1",
    "example.com",
    "example.org",
    "github.com",
    "gitlab.com",
    "python.org",
    "debian.org/doc",
    "kernel.org",
    "man7.org",
    "gnu.org",
    "llvm.org",
    "sourceware.org",
    "dwarfstd.org",
    "w3.org",
    "keepachangelog.com",
    "semver.org",
    "mesonbuild.com",
    "perfetto.dev",
    "json.schemastore.org",
    "speedscope.app",
    "opensource.org",
    "valgrind.org",
    "godotengine.org",
    "json-schema.org",
    "junit.org",
)
URL = re.compile(r"\b(?:https?|ftp)://([^\s\"'<>)\]`]+)")


def is_known(address):
    host, slash, path = address.lower().partition("/")
    host = host.split(":")[0].rstrip(".,;")
    for known in KNOWN_HOSTS:
        known_host, _, known_path = known.partition("/")
        if (host == known_host or host.endswith("." + known_host)) and path.startswith(known_path):
            return True
    return False


def check(tree):
    findings = []
    for path in tree.own_files():
        for number, line in enumerate(tree.lines(path), 1):
            if match := PERSONAL_PATH.search(line):
                findings.append(
                    Finding(
                        path,
                        number,
                        f"{match[0]}... is a place on one machine: use a relative path, $HOME or a scratch folder made at run time",
                    )
                )
            for match in URL.finditer(line):
                if not is_known(match[1]):
                    findings.append(
                        Finding(
                            path,
                            number,
                            f"{match[0]} is a host the tree does not know: drop it, or add it to tools/dev/checks/places.py",
                        )
                    )
    return findings
