"""Fetch the small builds of Plotly for the browser: `python -m tools.browser_libraries`.

The Python package of Plotly contains the full library (4.8 MB). Its maker also publishes builds
with fewer kinds of traces, in npm packages: one for flat figures (1.5 MB) and one for 3D figures.
They are stored beside the Python packages of this environment. Without them (no network), the app
serves the full library.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import tarfile
import urllib.request

from ui.assets import PLOTLY_VERSION, plotly_build

REGISTRY = "https://registry.npmjs.org"
#: SHA-512 of each package's archive, as in npm's lock files.
INTEGRITY = {
    "cartesian": "o8GrFeusncwBIxbBynRJpY4pkgVB6caM+JLpwrLYbbsO7dZ8FJ+SVN2Fr+L7kiG/Z6w4P5O0Jus"
    "/Qr5EefHVeg==",
    "gl3d": "HNdhOi/mVr29u6BbzJvz1kAjEzCxwfaZNLipjNCxg33JE3RmRHhPDUd0LCuQMDcRR5LLFFfaSMMd"
    "tOWl0bERZA==",
}


def fetch(kind: str, registry: str) -> bytes:
    """Return a build's JavaScript.

    Raises:
        OSError: The registry cannot be reached.
        ValueError: The archive is not the expected one.
    """
    name = f"plotly.js-{kind}-dist-min"
    with urllib.request.urlopen(
        f"{registry}/{name}/-/{name}-{PLOTLY_VERSION}.tgz", timeout=60
    ) as answer:
        archive = answer.read()
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != INTEGRITY[kind]:
        raise ValueError(
            f"{name} {PLOTLY_VERSION} has the digest {digest}, expected {INTEGRITY[kind]}"
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        script = files.extractfile(f"package/plotly-{kind}.min.js")
        assert script is not None
        return script.read()


def main() -> int:
    """Fetch what is missing; report, without failing, what cannot be fetched."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY", REGISTRY).rstrip("/")
    for kind in INTEGRITY:
        place = plotly_build(kind)
        if place.is_file():
            continue
        try:
            script = fetch(kind, registry)
        except (OSError, ValueError) as error:
            print(f"The full build of Plotly is used, because {kind} was not fetched: {error}")
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_suffix(".partial")
        partial.write_bytes(script)
        partial.replace(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
