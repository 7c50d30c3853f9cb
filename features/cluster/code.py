"""Digest of the code that makes values, so that workers with other code are found out."""

import hashlib
from functools import cache
from pathlib import Path

import features
import forewarn


@cache
def code_digest() -> str:
    """Of the source files of ``features`` and ``forewarn``; short, for messages."""
    digest = hashlib.sha256()
    for package in (features, forewarn):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
