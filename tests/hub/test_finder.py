"""Proves that the models of other programs are found where these keep them, and nothing else."""

import json
from pathlib import Path

from hermes_desktop.hub import finder

DIGEST = "ab" * 32


def put(path: Path, size: int = finder.SMALLEST) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    return path


def found(home: Path, **environment: str) -> list[tuple[str, str]]:
    own = [each for each in finder.find(home, environment) if home in each.path.parents]
    return [(each.program, each.name) for each in own]


def test_every_programs_own_folder_is_looked_at(tmp_path: Path) -> None:
    blob = put(tmp_path / ".cache/huggingface/hub/models--a--b/blobs/0123")
    link = tmp_path / ".cache/huggingface/hub/models--a--b/snapshots/c0ffee/hub-model.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    put(tmp_path / ".lmstudio/models/maker/repo/studio-model.gguf")
    put(tmp_path / ".local/share/nomic.ai/GPT4All/four-model.gguf")
    put(tmp_path / ".config/Jan/data/llamacpp/models/hermes/model.gguf")
    put(tmp_path / "koboldcpp/kobold-model.gguf")
    assert found(tmp_path) == [
        ("GPT4All", "four-model"),
        ("Hugging Face", "hub-model"),
        ("Jan", "model"),
        ("KoboldCpp", "kobold-model"),
        ("LM Studio", "studio-model"),
    ]


def test_ollama_is_read_by_its_manifests(tmp_path: Path) -> None:
    models = tmp_path / ".ollama/models"
    put(models / "blobs" / f"sha256-{DIGEST}")
    put(models / "blobs" / ("sha256-" + "cd" * 32))  # a licence, or a model that nothing names
    manifest = models / "manifests/registry.ollama.ai/library/hermes3/8b"
    manifest.parent.mkdir(parents=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "cd" * 32},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{DIGEST}"},
    ]
    manifest.write_text(json.dumps({"layers": layers}))
    assert found(tmp_path) == [("Ollama", "hermes3:8b")]
    (only,) = (each for each in finder.find(tmp_path, {}) if each.program == "Ollama")
    assert only.path.name == f"sha256-{DIGEST}" and only.size == finder.SMALLEST


def test_hostile_manifests_name_nothing(tmp_path: Path) -> None:
    models = tmp_path / ".ollama/models"
    put(tmp_path / "secret")
    folder = models / "manifests/r/l/hermes3"
    folder.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../../secret"}
    for name, text in {
        "a": json.dumps({"layers": [layer]}),
        "b": "[" * 100_000,
        "c": json.dumps({"layers": [7]}),
        "d": "no json",
        "e": json.dumps({"layers": []}),
        "f": " " * (finder.MANIFEST_LIMIT + 1),
    }.items():
        (folder / name).write_text(text)
    assert found(tmp_path) == []


def test_variables_move_the_folders(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere/models--a--b/snapshots/1/m.gguf")
    assert found(tmp_path, HF_HUB_CACHE=str(tmp_path / "elsewhere")) == [("Hugging Face", "m")]


def test_what_is_no_whole_model_is_left_out(tmp_path: Path) -> None:
    studio = tmp_path / ".lmstudio/models"
    put(studio / "model-00001-of-00002.gguf")
    put(studio / "model-00002-of-00002.gguf")
    put(studio / "mmproj-model.gguf")
    put(studio / "vocabulary.gguf", 1000)
    put(studio / "notes.txt")
    assert found(tmp_path) == [("LM Studio", "model-00001-of-00002")]


def test_a_file_that_two_programs_share_is_listed_once(tmp_path: Path) -> None:
    shared = put(tmp_path / ".lmstudio/models/shared.gguf")
    (tmp_path / "koboldcpp").mkdir()
    (tmp_path / "koboldcpp/shared.gguf").symlink_to(shared)
    assert len(found(tmp_path)) == 1


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    studio = tmp_path / ".lmstudio/models"
    put(studio / "m.gguf")
    (studio / "again").symlink_to(studio, target_is_directory=True)
    assert found(tmp_path) == [("LM Studio", "m")]


def test_a_file_of_our_own_that_nobody_lists_is_found_again(tmp_path: Path) -> None:
    own = put(tmp_path / "data/models/maker/repo/forgotten.gguf")
    (each,) = (each for each in finder.find(tmp_path, {}, tmp_path / "data/models") if each.path == own)
    assert (each.program, each.name) == ("Hermes Desktop", "forgotten")
