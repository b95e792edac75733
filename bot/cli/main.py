"""The command line: parse the arguments, run one command, turn errors into exit codes.

Text for people is Chinese. Scripts read the JSON lines of `--json` and `--jsonl`: one line out for
each line in, flushed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.channels.common.standard_streams import OUTPUT_ERRORS, discard_output, prepare_streams
from bot.cli.commands import (
    admin,
    ask,
    authoring,
    chat,
    diff,
    inbox,
    knowledge,
    mcp,
    serve,
    status,
    versions,
)
from bot.cli.parser import build_parser
from bot.errors import KnowledgeError, PolicyBotError, reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return 0 for success, 1 for a problem (printed), 2 for wrong usage."""
    prepare_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KnowledgeError as error:
        print(f"知识库有 {len(error.problems)} 处问题：\n{error}", file=sys.stderr)
        return 1
    except PolicyBotError as error:
        print(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        discard_output()
        return 0
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS:
            raise
        discard_output()
        print(f"写不出去：{reason(error)}", file=sys.stderr)
        return 1
    return code


def _run(arguments: Sequence[str] | None) -> int:
    parser = build_parser(
        chat.register,
        ask.register,
        serve.register,
        mcp.register,
        knowledge.register,
        diff.register,
        versions.register,
        status.register,
        authoring.register,
        inbox.register,
        admin.register,
    )
    try:
        options = parser.parse_args(arguments)
    except SystemExit:  # the help or the version was printed
        sys.stdout.flush()
        raise
    code: int = options.run(options)
    return code
