"""Behind a sub-path (`server.baseUrlPath`) figures appear and controls use the fast path."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import Visitor
from tools.serving import serve


def test_a_page_behind_a_sub_path(visitors: Callable[..., Visitor]) -> None:
    with serve(base="/lab-app") as server:
        visitor = visitors(server)
        answers: list[tuple[str, int]] = []
        visitor.page.on("response", lambda r: answers.append((r.url, r.status)))
        visitor.page.goto(f"{server.url}/entropy?entropy_view=coin")
        visitor.page.wait_for_selector('.ll-plot[data-key="ent_curve"][data-rev]')
        visitor.settle()
        visitor.step("ent_coin", "ent_curve")
        posts = [status for url, status in answers if url.endswith("/lab/live")]
        assert posts
        assert set(posts) == {200}
        ours = [(url, status) for url, status in answers if "/lab/" in url]
        assert len(ours) > 10
        assert [found for found in ours if "/lab-app/lab/" not in found[0]] == []
        assert {status for _url, status in ours} == {200}
        assert "ent_coin=0.51" in visitor.page.url
        visitor.page.close()
