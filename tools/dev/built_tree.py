"""A built tree, in which one changed source is tried: only what includes it is compiled, and one target is linked anew.

Whatever ninja would do is asked of ninja: the compile command of each source, the files that an object depends on, and
the link command of a target. Nothing is written into the tree or into its build folder.
"""

import json
import pathlib
import shlex
import subprocess


class Broken(Exception):
    """A mutant that could not be tried."""


class BuiltTree:
    def __init__(self, root, build):
        self.root, self.build = root, build
        if not (build / "build.ninja").exists():
            raise Broken(f"{build} is not a build folder: run tools/test --stage gcc first")
        self.commands = {}  # object, relative to the build folder -> its compile command
        for entry in json.loads((build / "compile_commands.json").read_text()):
            self.commands.setdefault(entry["output"], shlex.split(entry["command"]))
        self.depends = self.read_dependencies()

    def ninja(self, *words):
        done = subprocess.run(["ninja", "-C", self.build, *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"ninja {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def read_dependencies(self):
        """File of the tree, resolved -> objects that were made from it."""
        depends, target = {}, None
        for line in self.ninja("-t", "deps").splitlines():
            if line.startswith("    "):
                path = (self.build / line.strip()).resolve()
                depends.setdefault(path, set()).add(target)
            elif ": #deps" in line:
                target = line.partition(": #deps")[0]
        return depends

    def objects_of(self, target):
        """What the target is linked from, through static libraries, in the order of the build."""
        return {word for line in self.ninja("-t", "inputs", target).splitlines() for word in [line.strip()] if word.endswith(".o")}

    def link_command(self, target):
        lines = [line for line in self.ninja("-t", "commands", target).splitlines() if line.strip()]
        command = shlex.split(lines[-1])
        if target not in command:
            raise Broken(f"the last command for {target} does not link it: {lines[-1]}")
        return command

    def compile(self, output, overlay, changed, into):
        """The object `output`, with the file `changed` taken from the folder `overlay`."""
        command = [*self.commands[output]]
        source = (self.build / command[-1]).resolve()
        # An include of the changed file is found in the overlay first, whichever root it is relative to.
        roots = [overlay, overlay / "snapshot/include", overlay / "hooks/include"]
        if source == (self.root / changed).resolve():
            command[-1] = str(overlay / changed)
            command += ["-iquote", str(source.parent)]
        place = into / output.replace("/", "_")
        command[command.index("-o") + 1] = str(place)
        for word in ("-MF", "-MQ"):
            command[command.index(word) + 1] = str(place) + ".d"
        command[1:1] = [f"-I{root}" for root in roots] + ["-w"]
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"{changed} does not compile:\n{done.stderr}")
        return place

    def link(self, target, overlay, changed, into):
        """The target with the change in it; the path of the program or library."""
        used = self.objects_of(target)
        affected = sorted(used & self.depends.get((self.root / changed).resolve(), set()))
        if not affected:
            raise Broken(f"nothing of {target} is made from {changed}")
        into.mkdir(parents=True, exist_ok=True)
        program = into / pathlib.Path(target).name
        command = self.link_command(target)
        command[command.index("-o") + 1] = str(program)
        first = command.index("-o") + 2
        command.insert(first, "-Wl,--allow-multiple-definition")  # the first one counts
        first += 1
        for output in affected:
            made = str(self.compile(output, overlay, changed, into))
            if output in command:
                command[command.index(output)] = made
            else:
                command.insert(first, made)  # before the library that has the unchanged one, which is then left out
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"{target} does not link:\n{done.stderr}")
        return program
