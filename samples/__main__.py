"""`python -m samples generate`: see --help."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from foundation.command_line import run
from foundation.storage import storage
from samples.generate import DEFAULT_SEED, generate_councils, generate_published
from samples.published_figures import SampleError

EXAMPLES = """examples:
  python -m samples generate
      Cambridgeshire (Unit4), Leicestershire (Oracle HCM) and Peterborough (iTrent), October 2023 to September 2025
  python -m samples generate --published csww_indicators_2017_to_2025.csv --la-code 926 --la-code "940 / 941" \\
      --years 2024 2025 --out DIR
      any authorities of the Department for Education's file; then run them with
      WORKFORCE_HOME=DIR WORKFORCE_CONFIG=DIR/config make run
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns the exit code: 0, or 2 with a message that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m samples", description="Make extracts of councils that add up to published figures.")
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser(
        "generate",
        help="write extracts and their configuration",
        description="Write OUT/inbox (extracts) and OUT/config (the configuration to read them, with a key for samples only). "
        "The same arguments always give the same files. People, posts and numbers are made up; their totals are the published ones.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    generate.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: the data root, WORKFORCE_HOME or ./data)")
    generate.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="another number gives different people with the same totals (default: %(default)s)"
    )
    generate.add_argument("--published", type=Path, metavar="FILE", help="the Department's indicators by local authority, CSV")
    generate.add_argument(
        "--la-code",
        action="append",
        default=[],
        metavar="CODE",
        help="an authority's old code, three digits or '940 / 941'. May be given several times",
    )
    generate.add_argument(
        "--years", type=int, nargs="+", default=[2024, 2025], metavar="YEAR", help="census years, ending in September (default: 2024 2025)"
    )
    chosen = parser.parse_args(arguments)
    out = (chosen.out or storage().home).resolve()
    try:
        if chosen.published is None:
            if chosen.la_code:
                raise SampleError("--la-code needs --published FILE, the Department's file with the figures")
            generate_councils(out, chosen.seed)
        elif not chosen.la_code:
            raise SampleError("--published needs at least one --la-code, for example --la-code 926")
        else:
            generate_published(chosen.published, chosen.la_code, chosen.years, out, chosen.seed)
    except SampleError as error:
        print(f"samples: {error}", file=sys.stderr)
        return 2
    print(f"Written to {out}/inbox and {out}/config")
    return 0


if __name__ == "__main__":
    run(main)
