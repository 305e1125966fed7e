#!/usr/bin/env python3
"""Every `#include "module/..."` must name the file's own module or one its CMake target depends on.

usage: check_layers.py SRC LAYERS, where LAYERS has a line "module: used;modules | modules;tests;may;use" each.
"""
import pathlib
import re
import sys

src, layers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
allowed, tests_too = {}, {}
for line in layers.read_text().splitlines():
    name, rest = line.split(":")
    used, for_tests = (set(part.strip().split(";")) - {""} for part in rest.split("|"))
    allowed[name] = {name} | used
    tests_too[name] = allowed[name] | for_tests

bad = 0
for path in sorted([*src.rglob("*.h"), *src.rglob("*.cpp")]):
    module = path.relative_to(src).parts[0]
    if module not in allowed:
        continue
    may = tests_too[module] if re.search(r"_(pg)?test\.(cpp|h)$", path.name) else allowed[module]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'#include "(\w+)/', line)
        if found and found[1] in allowed and found[1] not in may:
            print(f"{path}:{number}: {module} may not include {found[1]} (allowed: {', '.join(sorted(may))})")
            bad = 1
sys.exit(bad)
