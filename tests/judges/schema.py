"""Judges JSON by the closed schemas in schemas/: schema.py SCHEMA FILE. Exit 0 when it fits.

The library is jsonschema (PyPI). Prints where it does not fit, never what stands there.
"""

import json
import pathlib
import sys

import jsonschema
from referencing import Registry, Resource

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "schemas"


def main(schema, file):
    schemas = {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    registry = Registry().with_resources(
        (name, Resource.from_contents(content)) for name, content in schemas.items()
    )
    judge = jsonschema.Draft202012Validator(schemas[schema], registry=registry)
    judge.check_schema(schemas[schema])
    faults = list(judge.iter_errors(json.loads(pathlib.Path(file).read_text())))
    for fault in faults[:20]:
        print(f"refused: {fault.json_path} breaks {fault.validator}", file=sys.stderr)
    print("accepted" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
