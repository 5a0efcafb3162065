"""What a script allocates: strings, lists, dictionaries, JSON. python3 objects.py ROUNDS"""

import json
import sys


def parts(count):
    return [{"name": f"part {i}", "tags": [str(i % 7), "x" * (i % 50)], "at": (i * 0.5, -i, i % 3)} for i in range(count)]


def main():
    kept = []
    for round_number in range(int(sys.argv[1])):
        made = parts(2000)
        text = json.dumps(made)
        kept.append(sorted(json.loads(text), key=lambda part: part["tags"][1])[round_number % 100])
        kept[:-300] = []
    print(len(kept), sum(len(part["name"]) for part in kept))


main()
