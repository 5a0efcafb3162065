"""A C++ file split into code and comments, line by line, for checks that read both."""

import re

LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|(?<!\w)\'(?:\\.|[^\'\\])+\'')


class CppSource:
    """One file split line by line into code (literals blanked) and comment."""

    def __init__(self, tree, path):
        self.path = path
        self.code, self.comments = [], []
        in_block = False
        for line in tree.lines(path):
            code, comment, in_block = split_line(line, in_block)
            self.code.append(code)
            self.comments.append(comment)

    def is_comment_line(self, index):
        return not self.code[index].strip() and bool(self.comments[index].strip())

    def statement_start(self, index):
        while (
            index > 0
            and (before := self.code[index - 1].strip())
            and not before.endswith((";", "{", "}", ":"))
            and not before.startswith("#")
        ):
            index -= 1
        return index

    def statement_end(self, index):
        while index + 1 < len(self.code) and not self.code[index].rstrip().endswith((";", "{", "}")):
            index += 1
        return index

    def comment_block_above(self, index):
        """Where the block of comments directly above `index` begins; `index` itself when there is none."""
        while index > 0 and self.is_comment_line(index - 1):
            index -= 1
        return index

    def arguments(self, index, column):
        """The text of a call's argument list that opens at `column`, over as many lines as it takes."""
        depth, text = 0, ""
        for line in [self.code[index][column:], *self.code[index + 1 :]]:
            for char in line:
                depth += (char == "(") - (char == ")")
                text += char
                if depth == 0:
                    return text
            text += " "
        return text


def split_line(line, in_block):
    code, comment, at = "", "", 0
    while at < len(line):
        if in_block:
            end = line.find("*/", at)
            comment += line[at:] if end < 0 else line[at:end]
            in_block, at = end < 0, len(line) if end < 0 else end + 2
        elif line.startswith("//", at):
            return code, comment + line[at + 2 :], False
        elif line.startswith("/*", at):
            in_block, at = True, at + 2
        elif literal := LITERAL.match(line, at):
            code, at = code + '""', literal.end()
        else:
            code, at = code + line[at], at + 1
    return code, comment, in_block
