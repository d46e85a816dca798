"""Passes on the writer of tiny models."""

from hermes_desktop.bench.tiny_gguf import *  # noqa: F403
