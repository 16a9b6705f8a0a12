"""Judge of a running API by its own description: `contract.py URL [OPTION…]` lets schemathesis (PyPI)
ask everything that URL/v1/openapi.json describes, well and badly. Exit 0 when nothing answers with
5xx, with a status, type or shape that is not described, or otherwise than its checks ask.

The environment's AUTHORIZATION, if there is one, is sent as that header, and SCHEMATHESIS_CONFIG is
what stands in schemathesis.toml, such as values for parameters. Further options go to schemathesis,
such as --exclude-path-regex '/stream$' for answers that have no end.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HOOKS = """import schemathesis
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
"""


def main(url, *options):
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    command = [program, "run", f"{url}/v1/openapi.json", "--url", url, "--checks", "all"]
    command += ["--max-examples", "50", "--seed", "1", "--workers", "1", "--request-timeout", "10", "--no-color"]
    authorization = os.environ.get("AUTHORIZATION")
    command += ["--header", f"Authorization: {authorization}"] if authorization else []
    with tempfile.TemporaryDirectory() as folder:  # it leaves what it learnt where it runs
        pathlib.Path(folder, "schemathesis.toml").write_text(os.environ.get("SCHEMATHESIS_CONFIG", ""), encoding="utf-8")
        pathlib.Path(folder, "hooks_of_contract.py").write_text(HOOKS, encoding="utf-8")
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks_of_contract", "PYTHONPATH": folder}
        command += options
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        print(f"refused: schemathesis ends with {done.returncode}", file=sys.stderr)
        return 1
    print(done.stdout.strip().splitlines()[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
