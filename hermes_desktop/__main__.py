"""Knows the doors of the program: window, command line, children. Those of the engine open before Qt."""

import sys
from collections.abc import Sequence

from hermes_desktop import guard, imports


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] == "--download":
        from hermes_desktop.hub import downloader

        return downloader.main()
    if words and words[0] == "--devices" and "--rpc" in words:
        return _devices(words[1:])
    if words and words[0] == "--lend":
        from hermes_desktop.engine import lending

        return lending.main(words[1:])
    if words and words[0] == "--served":
        from hermes_desktop.engine import served_probe

        return served_probe.main()
    if words[:2] != ["--engine", "remote"]:
        guard.install()  # every other process of the app is silent
    if words and words[0] == "--engine":
        with imports.quickly():
            from hermes_desktop.engine import worker
        return worker.main(words[1:])
    if words and words[0] == "--measure":
        from hermes_desktop.engine import probe

        return probe.main()
    if words and words[0] == "--devices":
        return _devices(words[1:])
    with imports.quickly():
        from hermes_desktop import doors
    return doors.main(words)


def _devices(words: Sequence[str]) -> int:
    from hermes_desktop.engine import device_probe

    return device_probe.main(words)


if __name__ == "__main__":
    sys.exit(main())
