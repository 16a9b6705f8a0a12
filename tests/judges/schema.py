"""Judges JSON by the closed schemas in schemas/: schema.py SCHEMA FILE. Exit 0 when each line of the file
is JSON that fits.

The library is jsonschema (PyPI). Prints where it does not fit, never what stands there.
"""

import json
import pathlib
import sys

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "schemas"


def main(name, file):
    schema = json.loads((FOLDER / name).read_text())
    library = jsonschema.Draft202012Validator
    library.check_schema(schema)
    judge = library(schema, format_checker=library.FORMAT_CHECKER)
    lines = pathlib.Path(file).read_text().splitlines() or [""]
    faults = [fault for line in lines for fault in judge.iter_errors(json.loads(line))]
    for fault in faults[:20]:
        print(f"refused: {fault.json_path} breaks {fault.validator}", file=sys.stderr)
    print("accepted" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
