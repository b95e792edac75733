"""The command line: parse the arguments, run one command, turn errors into exit codes.

Text for people is Chinese. Scripts read the JSON lines of `--json` and `--jsonl`: one line out for
each line in, flushed.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from bot.channels.common.standard_output import discard_output
from bot.cli import ask, chat, knowledge, serve
from bot.cli.parser import build_parser
from bot.errors import KnowledgeError, PolicyBotError, reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return 0 for success, 1 for a problem (printed), 2 for wrong usage."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = build_parser(chat.register, ask.register, serve.register, knowledge.register)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
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
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF):
            raise
        discard_output()
        print(f"写不出去：{reason(error)}", file=sys.stderr)
        return 1
    return code
