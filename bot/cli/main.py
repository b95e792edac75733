"""The commands: serve, chat, ask, check, coverage, replay. Everything printed is Chinese; scripts
read the JSON lines of `--json` and `--jsonl`, one line out per line in, flushed."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from bot.app import composition
from bot.errors import KnowledgeError, PolicyBotError

LINE_LIMIT = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 well, 1 a problem said in Chinese, 2 wrong usage."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except KnowledgeError as error:
        print(f"知识库有 {len(error.problems)} 处问题：\n{error}", file=sys.stderr)
        return 1
    except PolicyBotError as error:
        print(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


class _Parser(argparse.ArgumentParser):
    """argparse, which speaks English only, in the words of the rest."""

    def __init__(self, **more: Any) -> None:
        super().__init__(add_help=False, **more)
        self._positionals.title, self._optionals.title = "要写的", "可以加的"
        self.add_argument("-h", "--help", action="help", help="显示这段说明")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "用法：", 1)

    def error(self, message: str) -> NoReturn:
        for english, chinese in _USAGE_FAULTS:
            message = re.sub(english, chinese, message)
        self.exit(2, f"{self.format_usage()}用法不对：{message}\n")


_USAGE_FAULTS = (
    (r"the following arguments are required: ", "缺少 "),
    (r"argument \S+: invalid choice: ('[^']*') \(choose from .*\)", r"没有 \1 这个命令"),
    (r"unrecognized arguments: ", "不认识 "),
    (r"argument (\S+): expected .*", r"\1 后面要写一个值"),
    (r"ambiguous option: (\S+) .*", r"\1 写得不全"),
)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m bot", description="柳创通：柳州创业扶持问答")
    parser.add_argument("--config", default="config.yaml", help="设置文件（默认 config.yaml）")
    commands = parser.add_subparsers(title="命令", required=True, metavar="命令")

    ask = commands.add_parser("ask", help="问一句，打印回答")
    ask.add_argument("text", nargs="*", help="问题")
    ask.add_argument("--json", action="store_true", help="打印一个 JSON 对象")
    ask.add_argument("--jsonl", action="store_true", help='从标准输入逐行读 {"id","text"}')
    ask.set_defaults(run=_ask)

    chat = commands.add_parser("chat", help="在终端里聊天")
    chat.add_argument("--jsonl", action="store_true", help='逐行读 {"user","text"|"choice"}')
    chat.add_argument("--store", default="", help="把对话存到这个地址（默认只在内存里）")
    chat.set_defaults(run=_chat)

    check = commands.add_parser("check", help="检查知识库，列出所有问题")
    check.add_argument("folder", nargs="?", help="知识库文件夹（默认用设置里的）")
    check.set_defaults(run=_check)

    coverage = commands.add_parser("coverage", help="原文逐段由哪项扶持覆盖")
    coverage.add_argument("folder", nargs="?", help="知识库文件夹（默认用设置里的）")
    coverage.set_defaults(run=_coverage)

    replay = commands.add_parser("replay", help="播放对话样例文件")
    replay.add_argument("file", nargs="+", help="knowledge/scenarios/ 里的文件")
    replay.set_defaults(run=_replay)

    serve = commands.add_parser("serve", help="启动网页和各个消息渠道")
    serve.set_defaults(run=_serve)

    prepare = commands.add_parser("prepare")  # what a running service calls for a reload
    prepare.add_argument("folder")
    prepare.add_argument("home")
    prepare.set_defaults(run=_prepare)

    menu = commands.add_parser("wechat-menu", help="发布微信公众号的自定义菜单")
    menu.set_defaults(run=_wechat_menu)
    return parser


def _settings(options: argparse.Namespace) -> Any:
    from bot.config import load as load_settings

    path = Path(options.config)
    if options.config == "config.yaml" and not path.exists():
        return load_settings(None, os.environ)
    return load_settings(path, os.environ)


def _base(options: argparse.Namespace) -> Any:
    settings = _settings(options)
    return composition.load_base(settings.knowledge, composition.home(options.config))


def _ask(options: argparse.Namespace) -> int:
    if not options.jsonl and not " ".join(options.text).strip():
        print("要问什么？例如：python -m bot ask 休学创业能保留学籍吗", file=sys.stderr)
        return 2
    base = _base(options)
    if options.jsonl:
        for item in _lines(sys.stdin):
            answer = composition.ask(base, _text(item, "text")) if "error" not in item else {}
            _emit({"id": item.get("id"), "text": item.get("text"), **answer, **_fault(item)})
        return 0
    text = " ".join(options.text)
    answer = composition.ask(base, text)
    if options.json:
        _emit({"id": None, "text": text, **answer})
    else:
        print(answer["reply"])
    return 0


def _chat(options: argparse.Namespace) -> int:
    settings = _settings(options)
    base = _base(options)
    store = options.store or composition.MEMORY
    if options.jsonl:
        return composition.run(
            composition.chat_lines(base, store, settings, _lines(sys.stdin), _emit)
        )
    return composition.run(composition.chat_terminal(base, store, settings, os.environ))


def _check(options: argparse.Namespace) -> int:
    folder = _folder(options)
    problems = composition.check(folder, composition.home(options.config))
    if problems:
        for problem in problems:
            print(problem)
        sys.stdout.flush()
        print(f"共 {len(problems)} 处问题。改好以后再检查一遍。", file=sys.stderr)
        return 1
    print("知识库没有问题。")
    return 0


def _coverage(options: argparse.Namespace) -> int:
    folder = _folder(options)
    report = composition.coverage_report(folder)
    if not (folder / "policies").is_dir():
        print(f"{folder}：找不到知识库文件夹，或者里面没有 policies/", file=sys.stderr)
        return 1
    print(report)
    return 0


def _replay(options: argparse.Namespace) -> int:
    files = [Path(file).absolute() for file in options.file]
    for given, file in zip(options.file, files, strict=True):
        # only what lies beside the first one is played
        if not file.is_file() or file.parent.name != "scenarios" or file.parent != files[0].parent:
            print(f"{given}：不是 scenarios/ 里的对话样例文件", file=sys.stderr)
            return 1
    return 1 if composition.replay(_base(options), files, sys.stdout) else 0


def _serve(options: argparse.Namespace) -> int:
    from bot.app.server import serve

    return serve(_settings(options), composition.home(options.config))


def _prepare(options: argparse.Namespace) -> int:
    _emit(composition.prepare(Path(options.folder), Path(options.home)))
    return 0


def _wechat_menu(options: argparse.Namespace) -> int:
    from bot.app.messengers import publish_menu

    print(composition.run(publish_menu(_settings(options))))
    return 0


def _folder(options: argparse.Namespace) -> Path:
    return Path(options.folder) if options.folder else _settings(options).knowledge


def _lines(stream: TextIO) -> Iterator[dict[str, Any]]:
    """One object per line in; a line that is none becomes {"error": …}, so that one line goes out
    for every line that came in. Blank lines are passed over."""
    for line in stream:
        if not line.strip():
            continue
        try:
            item = json.loads(line) if len(line) <= LINE_LIMIT else None
        except (ValueError, RecursionError):
            item = None
        yield item if isinstance(item, dict) else {"error": "这一行不是 JSON 对象"}


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _fault(item: dict[str, Any]) -> dict[str, Any]:
    return {"error": item["error"]} if "error" in item else {}


def _emit(item: dict[str, Any]) -> None:
    text = json.dumps(item, ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8; its escape can.
    safe = text if text.isascii() else _safe(text)
    sys.stdout.write(safe + "\n")
    sys.stdout.flush()


def _safe(text: str) -> str:
    return "".join(c if not "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04x}" for c in text)
