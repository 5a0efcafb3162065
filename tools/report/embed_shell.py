"""Writes the shell of the report as C++ that report_page.h declares: embed_shell.py SHELL SOURCE."""

import pathlib
import sys

LINE = 32


def main(shell, source):
    data = pathlib.Path(shell).read_bytes()
    lines = [", ".join(map(str, data[at : at + LINE])) for at in range(0, len(data), LINE)]
    pathlib.Path(source).write_text(
        '#include "tools/command/report/report_page.h"\n\n'
        "namespace heapreel::tools {\n\n"
        "static constexpr unsigned char kShell[] = {\n" + ",\n".join(lines) + "};\n\n"
        "std::string_view report_shell() {\n"
        "  return {reinterpret_cast<const char*>(kShell), sizeof(kShell)};\n"
        "}\n\n"
        "}  // namespace heapreel::tools\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
