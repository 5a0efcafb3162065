"""Every example of hooks/TAGS.md stands in the test, word for word. Usage: tag_guide_test.py TAGS.md SOURCE"""

import pathlib
import re
import sys


def main():
    guide, source = (pathlib.Path(name).read_text() for name in sys.argv[1:])
    examples = re.findall(r"```cpp\n(.*?)```", guide, re.S)
    missing = [example for example in examples if example not in source]
    for example in missing:
        print(f"not in the test:\n{example}")
    return 1 if missing or len(examples) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
