"""Chinese words: one quiet segmenter for the whole floor."""

import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from threading import Lock

import jieba
from jieba import posseg

from language.lexicon import load_words
from language.lexicon_zh import ALL_WORDS
from language.scripts import simplified

jieba.setLogLevel(logging.WARNING)

_lock = Lock()


@lru_cache(maxsize=1)
def _segmenter() -> jieba.Tokenizer:
    """Return a segmenter of our own, so that nobody else's words change how we cut.

    It builds its dictionary in memory (about a second, once per process): jieba's usual cache
    is a file in the shared temporary folder, which another user of the machine may have written.
    """
    segmenter = jieba.Tokenizer()
    with _lock:
        segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
        segmenter.initialized = True
    for word in (*ALL_WORDS, *load_words("phrases")["zh_subjects"].split()):
        segmenter.add_word(word)
    return segmenter


def words(text: str) -> list[str]:
    """Return the words of `text` in order; joined, they are the text again.

    Traditional characters are cut as the simplified ones of the segmenter's dictionary.
    """
    folded = simplified(text)
    cut = list(_segmenter().cut(folded))
    return cut if folded == text else _as_written(text, cut)


def word_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word with its start and end in `text`."""
    at = 0
    for word in words(text):
        yield word, at, at + len(word)
        at += len(word)


def tag_words(text: str) -> list[tuple[str, str]]:
    """Return the words of `text`, each with its part of speech as jieba names it."""
    pairs = list(_tagger().cut(simplified(text)))
    written = _as_written(text, [pair.word for pair in pairs])
    return [(word, pair.flag) for word, pair in zip(written, pairs, strict=True)]


def _as_written(text: str, cut: Sequence[str]) -> list[str]:
    """Return the stretches of `text` that words of its folded form stand for."""
    ends = list(accumulate(map(len, cut)))
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@lru_cache(maxsize=1)
def _tagger() -> posseg.POSTokenizer:
    """Return a tagger on our own segmenter. It reads the dictionary once more when first used."""
    return posseg.POSTokenizer(_segmenter())
