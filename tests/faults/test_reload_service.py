"""A running service whose knowledge is saved, valid and invalid, while a user sends messages."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.content.sample_folder import SCENARIOS, edit
from tests.content.sample_knowledge import playable
from tests.serve_process import Home, Served, served


class User(threading.Thread):
    """Sends messages over HTTP until `over` is set; `says` fails for a status other than 200."""

    def __init__(self, service: Served) -> None:
        super().__init__(daemon=True)
        self._service = service
        self.over = threading.Event()
        self.turns = 0
        self.slowest = 0.0
        self.failures: list[str] = []

    def run(self) -> None:
        """Send turns."""
        for said in itertools.cycle(("休学创业能保留学籍吗", "找谁", "结果", "c:start", "谢谢")):
            if self.over.wait(0.02):
                return
            began = time.perf_counter()
            try:
                assert self._service.says("user", said)["replies"]
            except Exception as error:
                self.failures.append(f"{said}: {error!r}")
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self.turns += 1


def test_a_running_service_loads_a_valid_save_and_reports_the_problems_of_an_invalid_one(
    cache: Path, tmp_path: Path
) -> None:
    folder = playable(tmp_path / "knowledge")
    home = Home.made(tmp_path / "home", cache, knowledge=folder)
    with served(home) as service:
        first = service.ready()["knowledge"]
        service.until(lambda: "knowledge_live" in service.err)
        user = User(service)
        user.start()

        line = edit(folder, "interview.yaml", "    name: 阶段", "    nmae: 阶段")
        service.until(lambda: f"interview.yaml:{line}: " in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, "interview.yaml", "    nmae: 阶段", "    name: 阶段")
        # A failed expectation is reported at the first line of its step.
        line = edit(folder, SCENARIOS, "says: 保留学籍", "says: 没有的字") - 2
        service.until(lambda: f"{SCENARIOS}:{line}: 对话样例" in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, SCENARIOS, "says: 没有的字", "says: 保留学籍")
        service.until(lambda: not problems(service))

        edit(folder, "phrases/conversation.yaml", "thanks: 不客气", "thanks: 别客气")
        saved = time.monotonic()
        service.until(lambda: service.ready()["knowledge"] != first)
        seconds = time.monotonic() - saved
        assert "别客气" in service.says("u", "谢谢")["replies"][0]["text"]
        # What it changed is compared while turns go on, logged and counted.
        service.until(lambda: '"knowledge_effects"' in service.err)
        metrics = httpx.get(f"{service.url}/metrics", timeout=60).text
        assert 'policybot_knowledge_effects{kind="other_words"}' in metrics
        user.over.set()
        user.join()
        assert (user.failures, problems(service)) == ([], "")
        assert service.err.count("knowledge_refused") >= 2
    print(
        f"live {seconds:.2f} s after the save; {user.turns} turns meanwhile, "
        f"slowest {user.slowest * 1000:.0f} ms"
    )
    assert user.turns > 20


def problems(service: Served) -> str:
    """Return all knowledge problems of /readyz as one text."""
    return "\n".join(service.ready().get("knowledge_problems", ()))


# Runs a command in its own user namespace, whose limit of inotify instances is 0.
WITHOUT_INOTIFY = (
    "unshare",
    "--user",
    "--map-root-user",
    "sh",
    "-c",
    'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
    "sh",
)


@pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run([*WITHOUT_INOTIFY, "true"]).returncode != 0,
    reason="this system has no user namespaces",
)
def test_without_inotify_a_save_goes_live_and_the_admin_is_told(
    cache: Path, tmp_path: Path
) -> None:
    folder = playable(tmp_path / "knowledge")
    home = Home.made(tmp_path / "home", cache, knowledge=folder)
    with served(home, prefix=WITHOUT_INOTIFY) as service:
        first = service.ready()["knowledge"]
        service.until(lambda: "knowledge_polling" in service.err)
        # /readyz may answer from a check of up to a second ago.
        service.until(lambda: "每秒查看一次" in service.ready().get("knowledge_watch", ""))
        edit(folder, "phrases/conversation.yaml", "thanks: 不客气", "thanks: 别客气")
        service.until(lambda: service.ready()["knowledge"] != first)
        assert service.err.count("knowledge_polling") == 1
