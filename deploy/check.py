"""Exit with 0 if the server of this container is ready, else with 1 and the reason."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

PORT = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
PATH = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
URL = f"http://127.0.0.1:{PORT}/{PATH}/readyz" if PATH else f"http://127.0.0.1:{PORT}/readyz"


def main() -> int:
    """Ask `/readyz` once; print the reason if the server is not ready."""
    try:
        with urllib.request.urlopen(URL, timeout=4):
            return 0
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace").strip())
    except OSError as error:
        print(f"no answer at {URL}: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
