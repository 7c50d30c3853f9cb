import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.bundle import ModelBundle, load_bundle, save_bundle
from models.bundle_files import MANIFEST, digest_of, read_bundle
from models.rehearsal import rehearse_in_child


def _sign_again(folder: Path) -> None:
    """Make the manifest agree with altered files, as an attacker would."""
    names = [p.name for p in folder.iterdir() if p.name != MANIFEST]
    texts = {n: (folder / n).read_text("utf-8") for n in names}
    entries = {n: {"bytes": len(t.encode()), "sha256": digest_of(t)} for n, t in texts.items()}
    (folder / MANIFEST).write_text(json.dumps({"files": entries}), "utf-8")


def test_a_loaded_bundle_scores_as_the_saved_one(planted, bundle: ModelBundle, saved: Path) -> None:
    """Every probability is equal to the last bit, and so is all that describes it."""
    loaded = load_bundle(saved)
    np.testing.assert_array_equal(
        loaded.probabilities(planted.features, metric="resolution"),
        bundle.probabilities(planted.features, metric="resolution"),
    )
    assert loaded.models == dict(bundle.models)
    assert loaded.cutoff == pd.Timestamp("2026-03-05", tz="UTC")
    assert loaded.refused == {"first_response": "first_response: too little"}


def test_a_metric_without_a_model_has_no_probability(planted, bundle: ModelBundle) -> None:
    """The answer is unknown for every row, not zero."""
    given = bundle.probabilities(planted.features.head(3), metric="first_response")
    assert np.isnan(given).all()
    assert len(given) == 3


def test_the_same_bundle_has_the_same_digest(bundle: ModelBundle, tmp_path: Path) -> None:
    """Saved twice, the manifest is equal: content names a model."""
    assert save_bundle(bundle, tmp_path / "a") == save_bundle(bundle, tmp_path / "b")


def test_only_text_and_json_are_written(saved: Path) -> None:
    """No file is anything that could run code when it is read."""
    assert {p.suffix for p in saved.iterdir()} == {".json", ".txt"}
    for path in saved.iterdir():
        path.read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["bundle.json", "work.json", "breach_resolution_trees.txt", "golden_resolution.json"]
)
def test_an_altered_file_is_refused_by_name(saved: Path, name: str) -> None:
    """One changed character of the same length is found by the digest."""
    text = (saved / name).read_text("utf-8")
    place = text.index("1")
    (saved / name).write_text(text[:place] + "2" + text[place + 1 :], "utf-8")
    with pytest.raises(ModelError, match=f"refused: .*{name} has digest .* it was altered"):
        load_bundle(saved)


def test_a_truncated_file_is_refused(saved: Path) -> None:
    """The size tells that something was cut off."""
    path = saved / "breach_resolution_trees.txt"
    path.write_text(path.read_text("utf-8")[:1000], "utf-8")
    with pytest.raises(ModelError, match=r"1000 bytes, the manifest says .* cut off"):
        load_bundle(saved)


def test_a_missing_file_is_refused(saved: Path) -> None:
    """The message names it."""
    (saved / "work.json").unlink()
    with pytest.raises(ModelError, match=r"work\.json cannot be read: No such file"):
        load_bundle(saved)


def test_an_altered_manifest_is_refused_where_its_digest_is_known(
    bundle: ModelBundle, tmp_path: Path
) -> None:
    """A manifest that was made to agree with altered files is another manifest."""
    digest = save_bundle(bundle, tmp_path)
    about = json.loads((tmp_path / "bundle.json").read_text("utf-8"))
    (tmp_path / "bundle.json").write_text(json.dumps({**about, "policy_version": "2"}), "utf-8")
    _sign_again(tmp_path)
    with pytest.raises(ModelError, match=r"manifest\.json has digest"):
        load_bundle(tmp_path, digest=digest)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        '{"files": {}}',
        '{"files": {"../bundle.json": {"bytes": 1, "sha256": ""}}}',
        '{"files": {"bundle.json": 3}}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_a_manifest_of_nonsense_is_refused(saved: Path, manifest: str) -> None:
    """Whatever it holds, the answer is a typed refusal."""
    (saved / MANIFEST).write_text(manifest, "utf-8")
    with pytest.raises(ModelError, match="refused"):
        read_bundle(saved)


def test_a_file_that_is_not_text_is_refused(saved: Path) -> None:
    """Bytes that are no UTF-8 never reach a parser."""
    (saved / "bundle.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"bundle\.json is not UTF-8 text"):
        load_bundle(saved)


def test_wrong_trees_are_caught_by_the_golden_rows(saved: Path) -> None:
    """A model whose digests agree but whose leaves were changed does not repeat its answers."""
    path = saved / "breach_resolution_trees.txt"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    changed = [
        "leaf_value=" + " ".join(["0.01"] * len(line.split())) + "\n"
        if line.startswith("leaf_value=")
        else line
        for line in lines
    ]
    path.write_text("".join(changed).replace("tree_sizes=", "tree_sizes_="), "utf-8")
    _sign_again(saved)
    with pytest.raises(ModelError, match="does not repeat its golden rows"):
        load_bundle(saved)


def test_damaged_trees_harm_only_the_child(saved: Path) -> None:
    """Text that ends LightGBM's process leaves this one alive, with the reason."""
    path = saved / "breach_resolution_trees.txt"
    text = path.read_text("utf-8")
    path.write_text(text.replace("num_leaves=", "num_leaves=9999999"), "utf-8")
    _sign_again(saved)
    with pytest.raises(ModelError, match=r"refused: (loading the model ended|the model did not)"):
        load_bundle(saved)


def test_a_load_that_takes_too_long_is_refused(saved: Path) -> None:
    """The child is ended at its time-out."""
    with pytest.raises(ModelError, match="did not load within 0 s"):
        rehearse_in_child(read_bundle(saved), timeout=0.01)


def test_the_child_sees_no_secret(
    saved: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the environment holds beside paths is not passed on to the rehearsal."""
    seen = tmp_path / "seen"
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nenv > {seen}\necho rehearsed\n")
    fake.chmod(0o700)
    monkeypatch.setenv("FOREWARN_SECRET", "x" * 64)
    monkeypatch.setattr(sys, "executable", os.fspath(fake))
    rehearse_in_child(read_bundle(saved))
    assert "FOREWARN_SECRET" not in seen.read_text()


def test_an_older_schema_says_train_again(bundle: ModelBundle, tmp_path: Path) -> None:
    """A bundle of another schema version is refused in words."""
    save_bundle(bundle, tmp_path)
    about = json.loads((tmp_path / "bundle.json").read_text("utf-8"))
    (tmp_path / "bundle.json").write_text(json.dumps({**about, "schema_version": 0}), "utf-8")
    _sign_again(tmp_path)
    with pytest.raises(ModelError, match="schema version 0, this forewarn reads 2: train again"):
        load_bundle(tmp_path, rehearse=False)


def test_no_pickle_is_imported_by_our_modules() -> None:
    """None of the package's files names pickle, joblib's dump or MLflow's loader."""
    root = Path(__file__).parents[2]
    for path in (root / "models").glob("*.py"):
        text = path.read_text("utf-8")
        for word in ("import pickle", "joblib.dump", "joblib.load(", ".load_model("):
            assert word not in text, (path, word)


def test_reading_needs_no_lightgbm_before_the_digests_agree(saved: Path) -> None:
    """An altered folder is refused in a process that has not even imported LightGBM."""
    (saved / "work.json").write_text("{}", "utf-8")
    code = (
        "import sys; from pathlib import Path; from models.bundle import load_bundle\n"
        "from forewarn.errors import ModelError\n"
        f"try: load_bundle(Path({os.fspath(saved)!r}))\n"
        "except ModelError: sys.exit(3 if 'lightgbm' not in sys.modules else 4)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3
