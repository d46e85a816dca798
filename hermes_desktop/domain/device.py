"""Knows what is said of the devices that a model can lie on; not how they are found."""

from dataclasses import dataclass
from enum import StrEnum

from hermes_desktop.domain.errors import ErrorKind, KnownError

RPC_DEVICE = "RPC"  # how the names of lent devices begin
RPC_PORT = 50052  # the usual one of llama.cpp's server


class DeviceKind(StrEnum):
    """Name what a device is."""

    CPU = "cpu"
    GPU = "gpu"  # with memory of its own
    IGPU = "igpu"  # shares the main memory
    ACCEL = "accel"  # helps the processor
    RPC = "rpc"  # of another computer


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the engine's build sees it."""

    name: str  # "CUDA0"
    description: str  # "NVIDIA GeForce RTX 4070"; of another computer its address
    kind: DeviceKind
    backend: str
    free: int  # bytes
    total: int


@dataclass(frozen=True, slots=True)
class Graphics:
    """A GPU that is built into the machine, whether this build can use it or not."""

    description: str
    build: str  # of the engine that uses it: "cuda", "hip", "vulkan", "metal"
    driver: str  # version, "" where unknown


def rpc_address(text: str) -> str:
    """Bring the address of an RPC server into the form HOST:PORT; raises KnownError RPC_ADDRESS."""
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        host, port = port, str(RPC_PORT)
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    plain = host.isascii() and host.replace(".", "").replace("-", "").isalnum()
    if not plain or not 0 < number < 65536:
        raise KnownError(ErrorKind.RPC_ADDRESS, address=text[:100])
    return f"{host}:{number}"
