"""Proves what is asked of the hub, how its answers are read, and what becomes of hostile ones."""

from collections.abc import Iterator

import pytest

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.repository import RemotePart
from hermes_desktop.hub import licences, listing, search
from hermes_desktop.hub.listing import Hub
from tests.hub.fake_hub import COMMIT, FakeHub, running

SPLIT = ("deep/big-Q8_0-00001-of-00002.gguf", "deep/big-Q8_0-00002-of-00002.gguf")
listing.prepare()


class Watcher:
    def __init__(self) -> None:
        self.hosts: list[str] = []

    def contacted(self, host: str) -> None:
        self.hosts.append(host)

    def moved(self, state: str, done: int, total: int) -> None:
        assert state == "asking" and done > 0 and total == 0


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    files = dict.fromkeys((*SPLIT, "alone-00001-of-00003.gguf"), b"12345")
    files |= {"m.Q4_K_M.gguf": b"123", "mmproj-m.gguf": b"1", "m.imatrix.gguf": b"1", "notes.txt": b"1"}
    with running(FakeHub(files)) as found:
        yield found


def test_a_search_asks_once_and_without_a_token(hub: FakeHub) -> None:
    watcher = Watcher()
    (found,) = search.search(Hub(hub.endpoint), "MODEL", watcher)
    assert (found.name, found.downloads, found.likes, found.gated) == ("maker/model", 12345, 67, False)
    assert (found.licence, found.accept, found.changed) == ("mit", "", 1723717800000)
    assert found.tags == ("gguf",)
    assert watcher.hosts == [hub.endpoint.removeprefix("http://")]
    (path,) = hub.asked
    assert "search=MODEL" in path and "filter=gguf" in path and "limit=50" in path
    assert hub.tokens == [""]
    assert search.search(Hub(hub.endpoint), "nothing & else", Watcher()) == ()


def test_the_fake_hub_is_true_to_the_real_client(hub: FakeHub) -> None:
    from huggingface_hub import HfApi

    api = HfApi(hub.endpoint, token=False)
    (found,) = api.list_models(search="model", filter="gguf", sort="downloads", limit=50)
    assert (found.id, found.downloads, found.likes) == ("maker/model", 12345, 67)
    info = api.model_info("maker/model", files_metadata=True)
    shelf = search.look(Hub(hub.endpoint), "maker/model", "main", Watcher())
    theirs = {each.rfilename: (each.size, each.lfs.sha256) for each in info.siblings or () if each.lfs}
    ours = {part.file: (part.size, part.sha256) for model in shelf.models for part in model.parts}
    assert ours.items() <= theirs.items() and info.sha == shelf.commit
    assert info.last_modified is not None
    assert round(info.last_modified.timestamp() * 1000) == shelf.repository.changed


def test_a_look_gives_models_and_puts_parts_together(hub: FakeHub) -> None:
    shelf = search.look(Hub(hub.endpoint), "maker/model", "", Watcher())
    assert shelf.commit == COMMIT
    small, big = shelf.models
    assert small.parts == (RemotePart("m.Q4_K_M.gguf", 3, hub.sha256("m.Q4_K_M.gguf")),)
    assert (small.quantisation, big.quantisation) == ("Q4_K_M", "Q8_0")
    assert (big.file, big.size, len(big.parts)) == (SPLIT[0], 10, 2)
    search.look(Hub(hub.endpoint), "maker/model", "a/branch", Watcher())
    assert hub.asked[-1].startswith("/api/models/maker/model/revision/a%2Fbranch?")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (404, ErrorKind.HUB_NO_REPOSITORY),
        (401, ErrorKind.HUB_REFUSED),
        (403, ErrorKind.HUB_REFUSED),
        (429, ErrorKind.HUB_UNREACHABLE),
        (503, ErrorKind.HUB_UNREACHABLE),
        ({"id": "other"}, ErrorKind.HUB_ANSWER),
        ([], ErrorKind.HUB_ANSWER),
        ({"id": "maker/model", "sha": "x"}, ErrorKind.HUB_ANSWER),
        (b"<html>", ErrorKind.HUB_ANSWER),
        (b"[" * 10_000, ErrorKind.HUB_ANSWER),
        (b" " * (search.ANSWER_LIMIT + 1), ErrorKind.HUB_UNREACHABLE),
        ("http://127.0.0.1:9/api/models/maker/model", ErrorKind.HUB_ANSWER),
        ("/somewhere/else", ErrorKind.HUB_ANSWER),
        ("/api/models/maker/model", ErrorKind.HUB_ANSWER),  # in a circle
    ],
)
def test_an_answer_that_is_none_is_a_known_error(hub: FakeHub, answer: object, kind: ErrorKind) -> None:
    hub.answers["/api/models/maker/model"] = answer
    with pytest.raises(KnownError) as caught:
        search.look(Hub(hub.endpoint, "hf_secret"), "maker/model", "main", Watcher())
    assert caught.value.kind is kind


def test_a_repository_that_was_renamed_is_found(hub: FakeHub) -> None:
    hub.answers["/api/models/old/name"] = "/api/models/maker/model?blobs=true"
    shelf = search.look(Hub(hub.endpoint), "old/name", "main", Watcher())
    assert shelf.repository.name == "maker/model" and len(shelf.models) == 2


@pytest.mark.parametrize(
    "name", ["", "model", "../x", "a/..", "a/b/c", "a/b?x", "a/b\n", "ä/b", "a" * 200 + "/b"]
)
def test_a_name_that_is_none_is_never_asked_for(hub: FakeHub, name: str) -> None:
    with pytest.raises(KnownError) as caught:
        search.look(Hub(hub.endpoint), name, "main", Watcher())
    assert caught.value.kind is ErrorKind.HUB_NO_REPOSITORY and hub.asked == []


def test_what_strangers_write_is_made_plain(hub: FakeHub) -> None:
    tags = ["license:\x1b[31m<b>evil</b>\u202e" + "x" * 500, "a\nb", "k:v", 7, *(f"t{n}" for n in range(99))]
    good = hub.listed() | {"downloads": -5, "likes": 2**70, "lastModified": "soon", "tags": tags}
    bad: list[object] = [None, {"id": 5}, {"id": "../../etc"}, {"id": "a/\x00"}]
    odd = {"id": "a/b", "downloads": True, "likes": "9", "tags": 3, "lastModified": 5, "gated": "manual"}
    hub.answers["/api/models"] = [*bad, good, odd, *([odd] * 100)]
    first, second, *_ = found = search.search(Hub(hub.endpoint), "x", Watcher())
    assert len(found) <= search.RESULTS_LIMIT
    assert (first.downloads, first.likes, first.changed) == (0, search.NUMBER_LIMIT, 0)
    assert first.licence.startswith("[31m<b>evil</b> x") and len(first.licence) <= search.TEXT_LIMIT
    assert first.licence.isprintable()
    assert first.tags[0] == "a b" and len(first.tags) == search.TAGS_LIMIT
    assert (second.downloads, second.likes, second.gated, second.tags) == (0, 0, True, ())


def test_files_with_names_that_lead_elsewhere_are_left_out(hub: FakeHub) -> None:
    lfs = {"sha256": "A" * 64, "size": 5, "pointerSize": 1}
    names = [
        "../x.gguf",
        "/x.gguf",
        "a//x.gguf",
        "a\\x.gguf",
        "c:x.gguf",
        "x\n.gguf",
        "\u202ex.gguf",
        5,
        "ok.gguf",
    ]
    siblings: list[object] = [{"rfilename": name, "lfs": lfs} for name in names]
    siblings += [None, {"rfilename": "none.gguf"}, {"rfilename": "empty.gguf", "size": 0, "lfs": 7}]
    siblings += [
        {"rfilename": "huge.gguf", "size": 2**60},
        {"rfilename": "odd.gguf", "size": 9, "lfs": {"sha256": 5}},
    ]
    hub.answers["/api/models/maker/model"] = hub.described() | {"siblings": siblings}
    shelf = search.look(Hub(hub.endpoint), "maker/model", "main", Watcher())
    parts = [(model.file, model.parts[0].sha256) for model in shelf.models]
    assert parts == [("ok.gguf", "a" * 64), ("odd.gguf", "")]
    hub.answers["/api/models/maker/model"] = hub.described() | {"siblings": None}
    assert search.look(Hub(hub.endpoint), "maker/model", "main", Watcher()).models == ()


@pytest.mark.parametrize(
    ("file", "quantisation"),
    [
        ("Hermes-3-Llama-3.1-8B.Q4_K_M.gguf", "Q4_K_M"),
        ("m-q8_0-00001-of-00002.gguf", "Q8_0"),
        ("Q5_K_L/m-Q5_K_L-00001-of-00009.gguf", "Q5_K_L"),
        ("m-UD-IQ2_XXS.gguf", "IQ2_XXS"),
        ("m-fp16.gguf", "F16"),
        ("m.BF16.gguf", "BF16"),
        ("gpt-mxfp4.gguf", "MXFP4"),
        ("model.gguf", ""),
        ("FAQ8_0x.gguf", ""),
    ],
)
def test_the_quantisation_is_read_from_the_name(file: str, quantisation: str) -> None:
    assert search.quantisation_of(file) == quantisation


@pytest.mark.parametrize(
    ("licence", "names", "governs"),
    [
        ("mit", ["maker/model"], ""),
        ("llama3.1", [], "llama3.1"),
        ("llama3", ["maker/Hermes-3-Llama-3.1-8B-GGUF"], "llama3.1"),
        ("llama3", ["meta-llama/Meta-Llama-3-8B"], "llama3"),
        ("other", ["quantized:nvidia/Llama-3_3-Nemotron-49B"], "llama3.3"),
        ("", ["meta-llama/Llama-2-7b"], "llama2"),
        ("apache-2.0", ["meta-llama/Llama-4-Scout"], "llama4"),
        ("apache-2.0", ["TinyLlama/TinyLlama-1.1B", "open_llama_3b", "x/Distill-Llama-8B"], ""),
        ("Llama5", [], "llama5"),
        ("llama3<script>", [], ""),
    ],
)
def test_the_licence_of_llama_governs_what_is_made_from_it(
    licence: str, names: list[str], governs: str
) -> None:
    assert licences.governing(licence, names) == governs
    assert licences.page(governs).startswith("https://www.llama.com/")


def test_the_cap_on_results_holds_where_the_hub_gives_more(hub: FakeHub) -> None:
    hub.answers["/api/models"] = [hub.listed()] * 80
    assert len(search.search(Hub(hub.endpoint), "x", Watcher())) == search.RESULTS_LIMIT
