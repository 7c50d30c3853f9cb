"""Subject and description as numbers, made only where ``features.include`` asks for them.

Both are as they were at creation and never change; nothing is learnt from other tickets.
"""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.streams import Floats
from forewarn.config import Config
from forewarn.errors import ConfigError
from forewarn.sla.events import as_arrow
from forewarn.tables import Tables

N_HASHED = 8
"""Numbers per ticket into which its words are hashed."""
HASHED = tuple(f"text_{i}" for i in range(N_HASHED))
SENTIMENT = "sentiment"
_SPREAD = np.sqrt((256**2 - 1) / 3)
"""Standard deviation of an odd number drawn from -255 to 255: twice a byte less 255."""
_PART = 50_000
"""Tickets whose words are in memory together."""


def asked_texts(config: Config) -> tuple[str, ...]:
    """Which numbers the configuration turns on: all of HASHED or none, and SENTIMENT."""
    asked = {name.removeprefix("ticket_") for name in config.features.include}
    return (*(HASHED if asked & set(HASHED) else ()), *((SENTIMENT,) if SENTIMENT in asked else ()))


def text_numbers(tables: Tables, config: Config) -> dict[str, Floats]:
    """Per ticket what ``asked_texts`` names; null where subject and description are empty.

    A sentiment that the tickets bring themselves is not made again. Raises ConfigError where
    one is asked for and the library that makes it is not installed.
    """
    asked = asked_texts(config)
    numbers: dict[str, Floats] = {}
    if HASHED[0] in asked:
        hashed = hash_words(_texts(tables))
        numbers |= {name: np.ascontiguousarray(hashed[:, i]) for i, name in enumerate(HASHED)}
    if SENTIMENT in asked and SENTIMENT not in tables.attributes:
        numbers[SENTIMENT] = read_sentiment(_texts(tables))
    return numbers


def _texts(tables: Tables) -> pa.Array:
    subject, description = (as_arrow(tables.tickets[n]) for n in ("subject", "description"))
    between = pa.scalar("\n", pa.large_string())
    return pc.binary_join_element_wise(
        subject.fill_null(""), description.fill_null(""), between
    )  # null_handling="skip" loses the rows in which both are null


def hash_words(texts: pa.Array) -> Floats:
    """One row per text: the sum of its words' vectors over the root of their number.

    A word is a run of letters and digits, in small letters. Its vector are the first bytes of
    its hash, spread evenly around 0, so that texts that share words lie close together, however
    long they are: a random projection of the bag of words.
    """
    parts = [_hash_part(texts.slice(i, _PART)) for i in range(0, len(texts), _PART)]
    return np.concatenate([np.empty((0, N_HASHED)), *parts])


def _hash_part(texts: pa.Array) -> Floats:
    spaced = pc.replace_substring_regex(pc.utf8_lower(texts), r"[^\p{L}\p{N}]+", " ")
    lists = pc.split_pattern(pc.utf8_trim(spaced, " "), " ")
    words = lists.flatten().dictionary_encode()
    vectors = np.array([_vector(word) for word in words.dictionary.to_pylist()], np.int64)
    codes = words.indices.to_numpy(zero_copy_only=False)
    first = np.cumsum([0, *pc.list_value_length(lists).to_numpy(zero_copy_only=False)])[:-1]
    sums = np.add.reduceat(vectors[codes], first, axis=0)
    n_words = sums[:, N_HASHED]
    hashed = np.full((len(texts), N_HASHED), np.nan)
    known = n_words > 0
    scale = _SPREAD * np.sqrt(n_words[known].astype(np.float64))
    hashed[known] = sums[known, :N_HASHED] / scale[:, np.newaxis]
    return hashed


def _vector(word: str) -> list[int]:
    """N_HASHED odd numbers from -255 to 255, and 1 for a word; of no word all are 0."""
    if not word:
        return [0] * (N_HASHED + 1)
    digest = hashlib.blake2b(word.encode(), digest_size=N_HASHED).digest()
    return [*(2 * byte - 255 for byte in digest), 1]


def read_sentiment(texts: pa.Array) -> Floats:
    """From -1, angry, to 1, content, by the words of TextBlob's English lexicon; 0: none of them.

    Raises ConfigError where TextBlob is not installed.
    """
    try:
        from textblob import TextBlob
    except ImportError:
        raise ConfigError(
            "forewarn.yaml: features.include names 'ticket_sentiment', which needs TextBlob; "
            "install forewarn[sentiment], or let the tickets bring a number 'sentiment' "
            "(attributes of their source)"
        ) from None
    told = (text if text.strip() else None for text in texts.to_pylist())
    values = [np.nan if text is None else TextBlob(text).sentiment.polarity for text in told]
    return np.array(values, np.float64)
