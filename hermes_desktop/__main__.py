"""Knows the doors of the program: window, command line, engine child. That of the engine opens before Qt."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] == "--engine":
        from hermes_desktop.engine import worker

        return worker.main(words[1:])
    from hermes_desktop import doors

    return doors.main(words)


if __name__ == "__main__":
    sys.exit(main())
