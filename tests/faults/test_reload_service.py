"""A running service whose knowledge is saved, well and badly, while people talk with it."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from pathlib import Path

from bot.core.dialogue.manager import KnowledgeBase
from tests.content.sample_folder import edit
from tests.knowledge_base import KNOWLEDGE
from tests.serve_process import Home, Served, served


class Founder(threading.Thread):
    """Talks over HTTP until told to stop; an answer that is no 200 fails `says`."""

    def __init__(self, service: Served) -> None:
        super().__init__(daemon=True)
        self._service = service
        self.over = threading.Event()
        self.turns = 0
        self.slowest = 0.0
        self.faults: list[str] = []

    def run(self) -> None:
        for said in itertools.cycle(("休学创业能保留学籍吗", "找谁", "结果", "c:start", "谢谢")):
            if self.over.wait(0.02):
                return
            began = time.perf_counter()
            try:
                assert self._service.says("founder", said)["replies"]
            except Exception as error:
                self.faults.append(f"{said}: {error!r}")
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self.turns += 1


def test_a_running_service_takes_a_good_save_and_names_what_is_wrong_with_a_bad_one(
    base: KnowledgeBase, cache: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    home = Home.made(tmp_path / "home", cache, knowledge=folder)
    with served(home) as service:
        first = service.ready()["knowledge"]
        service.until(lambda: "knowledge_live" in service.err)
        founder = Founder(service)
        founder.start()

        line = edit(folder, "profile.yaml", "    name: 创业阶段", "    nmae: 创业阶段")
        service.until(lambda: f"profile.yaml:{line}: " in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, "profile.yaml", "    nmae: 创业阶段", "    name: 创业阶段")
        # A problem of a scenario stands where its step begins.
        line = edit(folder, "scenarios/buttons.yaml", "认真落实创业担保", "认真落实没有的") - 1
        service.until(lambda: f"scenarios/buttons.yaml:{line}: 对话样例" in problems(service))
        assert service.ready()["knowledge"] == first
        edit(folder, "scenarios/buttons.yaml", "认真落实没有的", "认真落实创业担保")
        service.until(lambda: not problems(service))

        edit(folder, "phrases/conversation.yaml", "thanks: 不客气", "thanks: 别客气")
        saved = time.monotonic()
        service.until(lambda: service.ready()["knowledge"] != first)
        seconds = time.monotonic() - saved
        assert "别客气" in service.says("u", "谢谢")["replies"][0]["text"]
        founder.over.set()
        founder.join()
        assert (founder.faults, problems(service)) == ([], "")
        assert service.err.count("knowledge_refused") >= 2
    print(
        f"live {seconds:.2f} s after the save; {founder.turns} turns meanwhile, "
        f"slowest {founder.slowest * 1000:.0f} ms"
    )
    assert founder.turns > 20
    assert seconds < 20


def problems(service: Served) -> str:
    """What /readyz says against the folder, all of it in one text."""
    return "\n".join(service.ready().get("knowledge_problems", ()))
