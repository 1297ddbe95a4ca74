"""The repository's own files."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Keys that were made for tests, and open nothing.
MADE_FOR_TESTS = "shared/payment/tests/vectors/"


def files(root=ROOT):
    """What is committed, or would be: paths below the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    )
    return sorted(name for name in listed.stdout.split("\0") if name and (root / name).is_file())
