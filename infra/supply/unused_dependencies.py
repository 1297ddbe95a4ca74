"""Looks for dependencies that no line of their crate names: `python infra/supply/unused_dependencies.py`.

A crate is named by its name as a word, in whatever way it is used.
"""

import json
import pathlib
import re
import subprocess
import sys

import repository

# Named nowhere, and needed: crate and dependency, each with the reason.
NEEDED = set()
# Where the lines are that a kind of dependency serves.
FOLDERS = {None: ["src"], "dev": ["src", "tests", "benches", "examples"], "build": ["build.rs"]}


def packages(manifest):
    """The crates of the workspace, as cargo describes them; and what code calls a crate that has another name there."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", str(manifest)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    kinds = {"lib", "proc-macro", "rlib", "dylib", "cdylib", "staticlib"}
    names = {
        package["name"]: target["name"]
        for package in told["packages"] for target in package["targets"] if kinds & set(target["kind"])
    }
    return [package for package in told["packages"] if package["id"] in told["workspace_members"]], names


def lines(folder, kind):
    """The code of a crate that may use a dependency of this kind, without comments."""
    places = [folder / place for place in FOLDERS[kind]]
    files = [place for place in places if place.is_file()]
    files += [file for place in places if place.is_dir() for file in sorted(place.rglob("*.rs"))]
    return "\n".join(re.sub(r"//.*", "", file.read_text(encoding="utf-8")) for file in files)


def unused(manifest):
    """Each dependency that is not used: the crate's name and the dependency's."""
    places = []
    members, names = packages(manifest)
    for package in members:
        folder = pathlib.Path(package["manifest_path"]).parent
        for dependency in package["dependencies"]:
            place = (package["name"], dependency["name"])
            name = dependency["rename"] or names.get(dependency["name"], dependency["name"])
            word = re.compile(rf"\b{re.escape(name.replace('-', '_'))}\b")
            if place not in NEEDED and not word.search(lines(folder, dependency["kind"])):
                places.append(place)
    return sorted(set(places))


def main():
    places = unused(repository.ROOT / "Cargo.toml")
    for package, dependency in places:
        print(f"{package} does not use {dependency}", file=sys.stderr)
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
