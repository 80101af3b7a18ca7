#!/usr/bin/env python3
"""Make a C source of a file: embed.py FILE NAME writes `const char NAME[]`, NUL-terminated, to standard output."""
import pathlib, sys

data, name = pathlib.Path(sys.argv[1]).read_bytes() + b"\0", sys.argv[2]
rows = (", ".join(f"{b}" for b in data[i:i + 24]) for i in range(0, len(data), 24))
print(f"extern const char {name}[];\nconst char {name}[] = {{\n\t" + ",\n\t".join(rows) + "\n};")
