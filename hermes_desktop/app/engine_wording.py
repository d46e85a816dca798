"""Knows the words of what an engine fails with, on this computer or on another; not when they are said."""

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import ErrorKind

ENGINE_WORDS: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.ENGINE_MEMORY: (
        QT_TRANSLATE_NOOP("Sentences", "There is not enough memory for this model."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a smaller context, a smaller KV type, or a smaller quantisation."
        ),
    ),
    ErrorKind.ENGINE_CRASHED: (
        QT_TRANSLATE_NOOP("Sentences", "The engine stopped unexpectedly."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_HUNG: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The engine gave no sign of life for {seconds} seconds and was ended."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_GARBAGE: (
        QT_TRANSLATE_NOOP("Sentences", "The engine said something that makes no sense and was ended."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_LOAD_FAILED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} could not be loaded."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Verify the file on the page Models; if it is sound, try a smaller context."
        ),
    ),
    ErrorKind.ENGINE_LOOP_STOPPED: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The engine died three times on {path} and is not started again by itself."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Load it with a smaller context or fewer GPU layers, or choose another model."
        ),
    ),
    ErrorKind.ENGINE_REPLACED: (
        QT_TRANSLATE_NOOP("Sentences", "The reply was stopped, as the model is loaded on other devices."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Continue it when the model is back."
        ),
    ),
    ErrorKind.ENGINE_TEMPLATE: (
        QT_TRANSLATE_NOOP("Sentences", "The model's own prompt template does not work: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose a Hermes model, or another copy of this one."),
    ),
    ErrorKind.ENGINE_GRAMMAR: (
        QT_TRANSLATE_NOOP("Sentences", "The grammar cannot be used: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Correct or clear it in the sampling settings."),
    ),
    ErrorKind.MACHINE_BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "Other programs keep this machine busy, so nothing was measured."),
        QT_TRANSLATE_NOOP("Sentences", "Close them or wait for them, and measure again."),
    ),
    ErrorKind.ENGINE_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "The engine is not installed: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Run “make run” again; it builds what is missing."),
    ),
    ErrorKind.DEVICES_SILENT: (
        QT_TRANSLATE_NOOP("Sentences", "The devices of this machine could not be listed: {detail}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "A driver may have crashed. Models still run on the processor; update the driver, look again.",
        ),
    ),
    ErrorKind.DEVICE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no device {name} here."),
        QT_TRANSLATE_NOOP("Sentences", "Choose one of these: {known}."),
    ),
    ErrorKind.RPC_ADDRESS: (
        QT_TRANSLATE_NOOP("Sentences", "“{address}” is no address of a computer."),
        QT_TRANSLATE_NOOP("Sentences", "Write HOST:PORT, for instance 192.168.1.20:50052."),
    ),
    ErrorKind.RPC_UNREACHABLE: (
        QT_TRANSLATE_NOOP("Sentences", "The computer at {address} lends no device: {detail}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "See that “hermes-desktop rpc-server” runs there, of the same version, and nobody else uses it.",
        ),
    ),
    ErrorKind.RPC_LOST: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The computer at {address} has gone, and with it a part of the model."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "What was written so far is kept. Try again; the model is then loaded without that computer.",
        ),
    ),
    ErrorKind.RPC_PORT_TAKEN: (
        QT_TRANSLATE_NOOP("Sentences", "Nothing can be offered at {address}: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Another program may listen there; choose another one with --port."),
    ),
    ErrorKind.RPC_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "This build of the engine cannot share devices with other computers."),
        QT_TRANSLATE_NOOP("Sentences", "Run “make run” again; it builds an engine that can."),
    ),
    ErrorKind.REMOTE_ADDRESS: (
        QT_TRANSLATE_NOOP("Sentences", "“{address}” is no address of a server."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Write it as http://192.168.1.20:8080/v1, or as its maker gives it; keys go elsewhere.",
        ),
    ),
    ErrorKind.REMOTE_UNREACHABLE: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} cannot be reached: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "See that it runs and that the address is right, then try again."),
    ),
    ErrorKind.REMOTE_REFUSED: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} does not accept the key (status {status})."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Give the right key in Settings, Server; “chat --ask-key” asks for one."
        ),
    ),
    ErrorKind.REMOTE_NO_MODEL: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} has no model “{model}”."),
        QT_TRANSLATE_NOOP("Sentences", "It offers: {known}."),
    ),
    ErrorKind.REMOTE_BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} takes no more requests just now."),
        QT_TRANSLATE_NOOP("Sentences", "Wait a moment and try again; with a paid one, look at your account."),
    ),
    ErrorKind.REMOTE_FAILED: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} failed (status {status}): {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Try again; where it goes on, the log of the server says more."),
    ),
    ErrorKind.REMOTE_SILENT: (
        QT_TRANSLATE_NOOP("Sentences", "The server {host} has said nothing for {seconds} seconds."),
        QT_TRANSLATE_NOOP("Sentences", "It may be busy. How long to wait is set in Settings, Server."),
    ),
    ErrorKind.REMOTE_CUT: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The connection to {host} broke in the middle of the reply: {reason}."
        ),
        QT_TRANSLATE_NOOP("Sentences", "What came is kept; Continue goes on from there."),
    ),
    ErrorKind.REMOTE_ANSWER: (
        QT_TRANSLATE_NOOP("Sentences", "What {host} answers makes no sense: {reason}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "See that the address is that of a server with OpenAI’s protocol; it often ends in /v1.",
        ),
    ),
    ErrorKind.PROMPT_TOO_LONG: (
        QT_TRANSLATE_NOOP(
            "Sentences", "Persona and message need {tokens} tokens, but the context has room for {context}."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Shorten the message or the persona, or load the model with a larger context."
        ),
    ),
    ErrorKind.REPLY_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "The model ended its turn without a word."),
        QT_TRANSLATE_NOOP("Sentences", "Regenerate, or write a little more."),
    ),
    ErrorKind.REPLY_LOOPED: (
        QT_TRANSLATE_NOOP("Sentences", "The reply went round in circles and was stopped."),
        QT_TRANSLATE_NOOP("Sentences", "Regenerate, or raise the repetition penalty."),
    ),
}
