"""Every example of a guide stands in its test, word for word. Usage: guide_test.py GUIDE.md SOURCE LEAST_EXAMPLES"""

import pathlib
import re
import sys


def main():
    guide, source = (pathlib.Path(name).read_text() for name in sys.argv[1:3])
    examples = re.findall(r"```cpp\n(.*?)```", guide, re.S)
    missing = [example for example in examples if example not in source]
    for example in missing:
        print(f"not in the test:\n{example}")
    return 1 if missing or len(examples) < int(sys.argv[3]) else 0


if __name__ == "__main__":
    sys.exit(main())
