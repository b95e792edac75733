"""`check`, `sample`, `coverage`, `replay` and `prepare`: work on a knowledge folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.app import composition
from bot.cli.common import knowledge_folder, load_base, load_settings, locations, print_json
from bot.cli.parser import Commands
from bot.cli.progress import progress
from bot.content.documents.templates import TEMPLATE_PLACES, TemplateError, sample

SAMPLES = 10


def register(commands: Commands) -> None:
    """Add the commands."""
    check = commands.add("check", run_check, title="检查知识库，列出所有问题", example="knowledge")
    coverage = commands.add(
        "coverage", run_coverage, title="原文逐段由哪项扶持覆盖", example="knowledge"
    )
    check.add_argument(
        "--expand", metavar="文件或键", help="不检查，列出模板展开成哪些句子，如 operator"
    )
    check.add_argument(
        "--reach",
        nargs="?",
        const="",
        metavar="编号",
        help="把问法、标题、关键词、同义词一条条问一遍，列出问不到自己那一项的；写上编号只问那一项",
    )
    samples = commands.add("sample", run_sample, title="看模板展开的十句", example="operator")
    samples.add_argument("wanted", metavar="键、文件或模板", help="如 operator，或一个模板")
    for command in (check, coverage, samples):
        command.add_argument(
            "folder", nargs="?", metavar="文件夹", help="知识库文件夹（默认用设置里的）"
        )
    replay = commands.add(
        "replay",
        run_replay,
        title="播放对话样例文件",
        example="knowledge/scenarios/buttons.yaml",
    )
    replay.add_argument("file", nargs="+", help="knowledge/scenarios/ 里的文件")
    replay.add_argument(
        "--explain",
        action="store_true",
        help="每句话下面写出程序把它当成了什么、是谁认出来的、有多大把握",
    )
    # A running service starts this command to check a changed folder in another process.
    prepare = commands.add_hidden("prepare", run_prepare)
    prepare.add_argument("folder")
    prepare.add_argument("home")


def run_check(options: argparse.Namespace) -> int:
    """Print every problem of the folder, or how much was checked."""
    folder = knowledge_folder(options)
    if options.expand:
        return _print_templates(folder, options.expand)
    if options.reach is not None:
        return _print_reach(folder, locations(options).home, options.reach)
    with progress("正在检查知识库、播放对话样例", sys.stderr):
        report = composition.check(folder, locations(options).home)
    if report.problems:
        for problem in report.problems:
            print(problem)
        sys.stdout.flush()
        print(f"共 {len(report.problems)} 处问题。改好以后再检查一遍。", file=sys.stderr)
        return 1
    print(
        f"检查完毕：{report.supports} 项扶持、{report.clauses} 个条款、{report.questions} 条问法、"
        f"{report.scenarios} 段对话样例，没有问题。"
    )
    for note in report.notes:
        print(f"提醒：{note}", file=sys.stderr)
    return 0


def _print_reach(folder: Path, home: Path, only: str) -> int:
    """Print the texts that do not lead to their own entry."""
    with progress("正在把知识库里的说法一条条问一遍", sys.stderr):
        found = composition.reach(folder, home, only)
    for problem in found:
        print(problem)
    if found:
        sys.stdout.flush()
        print(f"共 {len(found)} 处。", file=sys.stderr)
        return 1
    print("都问得到自己那一项。")
    return 0


def run_sample(options: argparse.Namespace) -> int:
    """Print ten of the texts that the templates of a file or key stand for."""
    return _print_templates(knowledge_folder(options), options.wanted, most=SAMPLES)


def _print_templates(folder: Path, wanted: str, most: int | None = None) -> int:
    """Print templates with their texts: all, or `most` of all templates together."""
    try:
        found = composition.templates(folder, wanted)
    except TemplateError as error:
        hint = f"（{error.hint}）" if error.hint else ""
        print(f"这个模板有错：{error.message}{hint}", file=sys.stderr)
        return 1
    if not found:
        print(f"“{wanted}”里没有模板。模板写在 {'、'.join(TEMPLATE_PLACES)}", file=sys.stderr)
        return 1
    if most is not None:
        texts = tuple(dict.fromkeys(text for each in found for text in each.texts))
        print("\n".join(sample(texts, most)))
        return 0
    for each in found:
        place = f"{each.file}:{each.line} {' '.join(each.owners)}  " if each.file else ""
        print(f"{place}{each.template}  共 {len(each.texts)} 句")
        print("\n".join(f"  {text}" for text in each.texts))
    return 0


def run_coverage(options: argparse.Namespace) -> int:
    """Print which supports cover each paragraph of the sources."""
    folder = knowledge_folder(options)
    if not (folder / "policies").is_dir():
        print(f"{folder}：找不到知识库文件夹，或者里面没有 policies/", file=sys.stderr)
        return 1
    print(composition.coverage_report(folder))
    return 0


def run_replay(options: argparse.Namespace) -> int:
    """Print scenario files as conversations, with --explain also what each text was taken to mean.
    The exit code is 1 if an expectation fails."""
    files = [Path(file).absolute() for file in options.file]
    for given, file in zip(options.file, files, strict=True):
        # All files must lie in the scenarios/ folder of the first one: only that is read.
        if not file.is_file() or file.parent.name != "scenarios" or file.parent != files[0].parent:
            print(f"{given}：不是 scenarios/ 里的对话样例文件", file=sys.stderr)
            return 1
    base = load_base(load_settings(options), locations(options).home)
    return 1 if composition.replay(base, files, sys.stdout, explain=options.explain) else 0


def run_prepare(options: argparse.Namespace) -> int:
    """Check a folder and build its search tables; print the result as JSON."""
    print_json(composition.prepare(Path(options.folder), Path(options.home)))
    return 0
