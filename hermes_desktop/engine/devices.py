"""Knows ggml's registry of devices, which llama-cpp-python does not show; not what is put on them.

The functions are called through ctypes, in the very library that llama.cpp has loaded: the wheel holds three
copies, and each has a registry of its own.
"""

import ctypes
import socket
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.errors import ErrorKind, KnownError

_KINDS = (DeviceKind.CPU, DeviceKind.GPU, DeviceKind.IGPU, DeviceKind.ACCEL)  # in ggml's order
_OFFLOADING = (DeviceKind.GPU, DeviceKind.IGPU, DeviceKind.RPC)
_LIBRARIES = {"win32": "ggml.dll", "darwin": "libggml.dylib"}
_RPC = b"RPC"
REACH_SECONDS = 3.0

_POINTER = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "ggml_backend_dev_count": (ctypes.c_size_t, []),
    "ggml_backend_dev_get": (_POINTER, [ctypes.c_size_t]),
    "ggml_backend_dev_name": (ctypes.c_char_p, [_POINTER]),
    "ggml_backend_dev_description": (ctypes.c_char_p, [_POINTER]),
    "ggml_backend_dev_type": (ctypes.c_int, [_POINTER]),
    "ggml_backend_dev_memory": (None, [_POINTER, _POINTER, _POINTER]),
    "ggml_backend_dev_backend_reg": (_POINTER, [_POINTER]),
    "ggml_backend_reg_name": (ctypes.c_char_p, [_POINTER]),
    "ggml_backend_reg_by_name": (_POINTER, [ctypes.c_char_p]),
    "ggml_backend_reg_get_proc_address": (_POINTER, [_POINTER, ctypes.c_char_p]),
    "ggml_backend_register": (None, [_POINTER]),
}
_ADD_SERVER = ctypes.CFUNCTYPE(_POINTER, ctypes.c_char_p)
_START_SERVER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.POINTER(_POINTER)
)


def _library() -> Path:
    found = find_spec("llama_cpp")
    if found is None or found.origin is None:
        raise OSError("llama_cpp is not installed")
    return Path(found.origin).parent / "lib" / _LIBRARIES.get(sys.platform, "libggml.so.0")


def library_stamp() -> str:
    """Tell builds apart without loading one: size and time of the library; "" where there is none."""
    try:
        status = _library().stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


@cache
def _ggml() -> ctypes.CDLL:
    """Open the library; raises OSError or AttributeError where it is not there or another one."""
    library = ctypes.CDLL(str(_library()))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def can_offload() -> bool | None:
    """Say whether ggml knows a GPU, here or on a server that was added; None where it cannot be asked.

    To be asked after the backends were started.
    """
    try:
        handles = _handles()
    except (OSError, AttributeError):
        return None
    return any(_kind(handle) in _OFFLOADING for handle in handles)


def found() -> list[tuple[int, Device]]:
    """List the devices with ggml's own handles, in its order; raises OSError or AttributeError."""
    return [(handle, _device(handle)) for handle in _handles()]


def reach(address: str, seconds: float = REACH_SECONDS) -> None:
    """See whether anything listens there, since ggml waits for ever; raises KnownError RPC_UNREACHABLE."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=seconds):
            return
    except OSError as error:
        raise KnownError(ErrorKind.RPC_UNREACHABLE, address=address, detail=str(error)[:200]) from error


def add_server(address: str) -> None:
    """Take the devices of an RPC server among ours, once a process.

    A server that says nonsense aborts the process: that is ggml's way. Raises KnownError RPC_MISSING,
    RPC_UNREACHABLE.
    """
    if any(_is_of(handle, address) for handle in _handles()):
        return
    added = _rpc("ggml_backend_rpc_add_server", _ADD_SERVER)(address.encode())
    if not added:
        raise KnownError(ErrorKind.RPC_UNREACHABLE, address=address, detail="it offers no device")
    _ggml().ggml_backend_register(added)


def serve(address: str, handles: list[int], threads: int) -> None:
    """Offer devices to other computers until the process ends; returns only where that failed.

    Raises KnownError RPC_MISSING.
    """
    start = _rpc("ggml_backend_rpc_start_server", _START_SERVER)
    start(address.encode(), None, threads, len(handles), (_POINTER * len(handles))(*handles))


def _rpc(name: str, kind: "type[ctypes._CFunctionType]") -> "ctypes._CFunctionType":
    registry = _ggml().ggml_backend_reg_by_name(_RPC)
    address = _ggml().ggml_backend_reg_get_proc_address(registry, name.encode()) if registry else None
    if not address:
        raise KnownError(ErrorKind.RPC_MISSING)
    return kind(address)


def _handles() -> list[int]:
    return [_ggml().ggml_backend_dev_get(at) for at in range(_ggml().ggml_backend_dev_count())]


def _is_rpc(handle: int) -> bool:
    return bool(_ggml().ggml_backend_reg_name(_ggml().ggml_backend_dev_backend_reg(handle)).startswith(_RPC))


def _is_of(handle: int, address: str) -> bool:
    return _is_rpc(handle) and _ggml().ggml_backend_dev_description(handle) == address.encode()


def _kind(handle: int) -> DeviceKind:
    if _is_rpc(handle):
        return DeviceKind.RPC
    number = _ggml().ggml_backend_dev_type(handle)
    return _KINDS[number] if 0 <= number < len(_KINDS) else DeviceKind.ACCEL


def _device(handle: int) -> Device:
    library, free, total = _ggml(), ctypes.c_size_t(), ctypes.c_size_t()
    library.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    return Device(
        name=_text(library.ggml_backend_dev_name(handle)),
        description=_text(library.ggml_backend_dev_description(handle)),
        kind=_kind(handle),
        backend=_text(library.ggml_backend_reg_name(library.ggml_backend_dev_backend_reg(handle))),
        free=free.value,
        total=total.value,
    )


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace").strip()
