"""Checks a deployed stack from outside: `python3 infra/doctor --stack NAME`. The first run installs what it needs."""

import os
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1] / "target" / "doctor"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
WANTED = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
BOTO3 = next(line for line in WANTED if line.startswith("boto3"))
INSTALLED = HOME / "installed.txt"


def has_boto3() -> bool:
    """Whether this Python has exactly the wanted one: an older one does not know of streaming, and would not say so."""
    try:
        return metadata.version("boto3") == BOTO3.partition("==")[2]
    except metadata.PackageNotFoundError:
        return False


def install() -> None:
    """Makes target/doctor, unless the last run did. Half an installation is not taken for a whole one."""
    if not INSTALLED.exists() or INSTALLED.read_text(encoding="utf-8") != BOTO3:
        print(f"installing {BOTO3} into {HOME}, once", file=sys.stderr)
        venv.create(HOME, with_pip=True, clear=True)
        command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", BOTO3]
        if subprocess.call(command) != 0:
            sys.exit("The installation failed. Is the package registry reachable? Then run this again.")
        INSTALLED.write_text(BOTO3, encoding="utf-8")


if sys.version_info < (3, 11):
    sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
if has_boto3():
    import command

    sys.exit(command.run())
install()
sys.exit(subprocess.call([PYTHON, HERE, *sys.argv[1:]]))
