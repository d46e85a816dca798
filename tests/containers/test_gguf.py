"""Proves that the header reader understands honest files and survives the others."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.containers import gguf, gguf_writer, model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError

REFUSALS = {ErrorKind.MODEL_NOT_GGUF, ErrorKind.MODEL_TRUNCATED, ErrorKind.MODEL_BROKEN_HEADER}


def packed(key: str, kind: int, raw: bytes) -> bytes:
    """Pack one key of a header."""
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + raw


def written(path: Path, *, keys: list[bytes], tensors: list[bytes], version: int = 3) -> Path:
    """Write a header by hand."""
    start = struct.pack("<4sIQQ", b"GGUF", version, len(tensors), len(keys))
    path.write_bytes(start + b"".join(keys) + b"".join(tensors))
    return path


def tensor(name: str = "t", shape: tuple[int, ...] = (32,), kind: int = 0, offset: int = 0) -> bytes:
    """Pack the description of one tensor."""
    return (
        struct.pack("<Q", len(name))
        + name.encode()
        + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    )


def refusal(path: Path) -> KnownError:
    """Read a file that must be refused."""
    with pytest.raises(KnownError) as caught:
        model_header.read_header(path)
    return caught.value


def outcome(path: Path) -> ErrorKind | None:
    """Read a file that may be good."""
    try:
        model_header.read_header(path)
    except KnownError as error:
        return error.kind
    return None


def test_an_honest_header_is_read(tmp_path: Path) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf", context=2048, layers=3)
    header = model_header.read_header(path)
    assert (header.architecture, header.name, header.licence) == ("llama", "Tiny Hermes", "mit")
    assert (header.context, header.layers, header.embedding) == (2048, 3, 128)
    assert (header.heads, header.kv_heads, header.tokenizer) == (4, 2, "gpt2")
    assert header.vocabulary == len(tiny_gguf.vocabulary().tokens)
    assert header.template == tiny_gguf.CHATML
    assert header.quantisation == "F16"
    # embedding, output and norm; then of each layer q, k, v, output, three of the feed-forward, two norms
    layer = 128 * 128 * 2 + 128 * 64 * 2 + 128 * 256 * 3 + 128 * 2
    assert header.parameters == header.vocabulary * 128 * 2 + 128 + 3 * layer
    assert header.expected_size <= path.stat().st_size < header.expected_size + gguf_writer.ALIGNMENT


def test_a_header_without_template_has_none(tmp_path: Path) -> None:
    assert model_header.read_header(tiny_gguf.write(tmp_path / "m.gguf", template=None)).template == ""


def test_a_value_for_each_layer_gives_the_largest(tmp_path: Path) -> None:
    heads = {"llama.attention.head_count_kv": (1, 2)}
    assert model_header.read_header(tiny_gguf.write(tmp_path / "m.gguf", metadata=heads)).kv_heads == 2


@pytest.mark.parametrize(
    ("number", "name"), [(15, "Q4_K_M"), (15 | 1024, "Q4_K_M"), (7, "Q8_0"), (999, "F16")]
)
def test_the_quantisation_is_named_by_the_header_else_by_the_tensors(
    tmp_path: Path, number: int, name: str
) -> None:
    path = tiny_gguf.write(tmp_path / "m.gguf", metadata={"general.file_type": number})
    assert model_header.read_header(path).quantisation == name


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.gguf").kind is ErrorKind.FILE_MISSING
    assert refusal(tmp_path).kind is ErrorKind.FILE_UNREADABLE


@pytest.mark.parametrize("data", [b"", b"GG", b"PK\x03\x04 something else", bytes(100)])
def test_other_files_are_no_gguf(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    assert refusal(path).kind is ErrorKind.MODEL_NOT_GGUF


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])
def test_other_versions_are_refused(tmp_path: Path, version: int) -> None:
    path = written(tmp_path / "m.gguf", keys=[], tensors=[], version=version)
    assert refusal(path).kind is ErrorKind.MODEL_BROKEN_HEADER


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    whole = tiny_gguf.write(tmp_path / "m.gguf")
    data, expected = whole.read_bytes(), model_header.read_header(whole).expected_size
    path = tmp_path / "cut.gguf"
    for size in [*range(4, 9000, 61), *range(9000, expected, 4096), expected - 1]:
        path.write_bytes(data[:size])
        error = refusal(path)
        assert error.kind is ErrorKind.MODEL_TRUNCATED
        assert error.values["size"] == size < int(error.values["expected"])
    path.write_bytes(data[:expected])
    assert model_header.read_header(path).expected_size == expected


LYING = {
    "endless string": [packed("a", 8, struct.pack("<Q", 2**63))],
    "endless array": [packed("a", 9, struct.pack("<IQ", 4, 2**62))],
    "endless array of strings": [packed("a", 9, struct.pack("<IQ", 8, 2**40))],
    "long string in an array": [packed("a", 9, struct.pack("<IQQ", 8, 1, 2**50))],
    "array of arrays": [packed("a", 9, struct.pack("<IQIQ", 9, 1, 9, 1))],
    "unknown type": [packed("a", 77, bytes(8))],
    "unknown array type": [packed("a", 9, struct.pack("<IQ", 77, 1))],
    "same key twice": [packed("a", 4, bytes(4)), packed("a", 4, bytes(4))],
    "odd alignment": [packed("general.alignment", 4, struct.pack("<I", 33))],
    "no alignment": [packed("general.alignment", 4, struct.pack("<I", 0))],
    "alignment in words": [packed("general.alignment", 8, struct.pack("<Q", 2) + b"32")],
}


@pytest.mark.parametrize("keys", LYING.values(), ids=LYING.keys())
def test_lying_keys_are_refused(tmp_path: Path, keys: list[bytes]) -> None:
    assert refusal(written(tmp_path / "m.gguf", keys=keys, tensors=[])).kind is ErrorKind.MODEL_BROKEN_HEADER


BAD_TENSORS = {
    "overflowing": [tensor(shape=(2**40, 2**40, 2**40, 2**40))],
    "huge dimension": [tensor(shape=(2**63,))],
    "empty": [tensor(shape=(0,))],
    "no whole block": [tensor(shape=(33,), kind=12)],
    "five dimensions": [tensor(shape=(1, 1, 1, 1, 1))],
    "removed type": [tensor(kind=4)],
    "odd offset": [tensor(offset=3)],
    "same name twice": [tensor(), tensor(offset=128)],
}


@pytest.mark.parametrize("tensors", BAD_TENSORS.values(), ids=BAD_TENSORS.keys())
def test_impossible_tensors_are_refused(tmp_path: Path, tensors: list[bytes]) -> None:
    assert (
        refusal(written(tmp_path / "m.gguf", keys=[], tensors=tensors)).kind is ErrorKind.MODEL_BROKEN_HEADER
    )


def test_a_tensor_far_beyond_the_end_means_truncated(tmp_path: Path) -> None:
    path = written(tmp_path / "m.gguf", keys=[], tensors=[tensor(offset=2**62)])
    assert refusal(path).kind is ErrorKind.MODEL_TRUNCATED


@pytest.mark.parametrize("at", [8, 16])
def test_endless_counts_are_refused(tmp_path: Path, at: int) -> None:
    data = bytearray(tiny_gguf.write(tmp_path / "m.gguf").read_bytes())
    data[at : at + 8] = struct.pack("<Q", 2**63)
    (tmp_path / "m.gguf").write_bytes(data)
    assert refusal(tmp_path / "m.gguf").kind is ErrorKind.MODEL_BROKEN_HEADER


def test_text_that_is_no_utf8_is_still_read(tmp_path: Path) -> None:
    name = struct.pack("<IQ", 8, 3) + b"\xff\xfeA"
    header = model_header.read_header(tiny_gguf.write(tmp_path / "m.gguf", metadata={"general.name": name}))
    assert header.name == "\ufffd\ufffdA"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 0.9999), st.integers(0, 7)), min_size=1))
def test_flipped_bits_never_escape(tmp_path: Path, flips: list[tuple[int, float, int]]) -> None:
    path = tmp_path / "flipped.gguf"
    data = bytearray(tiny_gguf.write(path).read_bytes())
    header_end = 9000
    for zone, place, bit in flips:
        # half of the flips go into the first 300 bytes, where the counts and lengths stand
        data[int(place * (300 if zone else header_end))] ^= 1 << bit
    path.write_bytes(data)
    assert outcome(path) in {None, *REFUSALS}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_garbage_behind_the_magic_never_escapes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "garbage.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00" + data)
    assert outcome(path) in {None, *REFUSALS}


def split(folder: Path, count: int = 2) -> list[Path]:
    """Write a model in parts; each part is a whole tiny model here."""
    names = [folder / f"big-{at:05}-of-{count:05}.gguf" for at in range(1, count + 1)]
    for at, name in enumerate(names):
        tiny_gguf.write(name, metadata={"split.count": count, "split.no": at})
    return names


def test_a_split_file_is_one_model(tmp_path: Path) -> None:
    first, second = split(tmp_path)
    alone = model_header.read_header(tiny_gguf.write(tmp_path / "alone.gguf"))
    header = model_header.read_header(first)
    assert gguf.parts(second) == (first, second)
    assert header.parameters == 2 * alone.parameters
    assert header.expected_size > 2 * alone.parameters


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    first, second = split(tmp_path)
    second.unlink()
    error = refusal(first)
    assert (error.kind, error.values["path"]) == (ErrorKind.FILE_MISSING, str(second))


def test_a_renamed_part_is_no_whole_model(tmp_path: Path) -> None:
    first, _ = split(tmp_path)
    renamed = first.rename(tmp_path / "renamed.gguf")
    assert refusal(renamed).kind is ErrorKind.MODEL_BROKEN_HEADER


@pytest.mark.parametrize("name", ["m-00003-of-00002.gguf", "m-00001-of-00001.gguf", "m-00000-of-00002.gguf"])
def test_other_numbers_name_no_parts(tmp_path: Path, name: str) -> None:
    assert gguf.parts(tmp_path / name) == (tmp_path / name,)
