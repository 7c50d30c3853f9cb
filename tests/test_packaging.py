"""What is shipped, and what must be installed beside it."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PACKAGES = {"features", "forewarn", "models", "pipelines", "serving"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names in a wheel built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, timeout=300)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_wheel_holds_only_the_five_packages(wheel: list[str]) -> None:
    """No tests, notebooks or benchmarks land in an environment."""
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_wheel_tells_type_checkers_about_every_package(wheel: list[str]) -> None:
    """Each package ships its py.typed."""
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel)


def test_wheel_holds_every_file_of_the_packages(wheel: list[str]) -> None:
    """Templates, example configurations and other data are shipped with the code."""
    tracked = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert tracked <= set(wheel)


def test_no_other_distribution_ships_packages_of_our_names() -> None:
    """The plain names models, features, … belong to forewarn alone in this environment."""
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners.get(name, [])) - {"forewarn"} for name in PACKAGES} == {
        name: set() for name in PACKAGES
    }


@pytest.mark.parametrize(
    ("distribution", "floor"),
    [
        ("starlette", "1.0.1"),
        ("lightgbm", "4.6"),
        ("pyarrow", "14.0.1"),
        ("prefect", "3.6.22"),
        ("jinja2", "3.1.6"),
        ("h11", "0.16"),
        ("mlflow", "3.17"),
    ],
)
def test_known_vulnerable_versions_are_not_installed(distribution: str, floor: str) -> None:
    """An audit without network is silent, so the floors are held here."""
    assert Version(importlib.metadata.version(distribution)) >= Version(floor)


@pytest.mark.parametrize(
    ("distribution", "ceiling"), [("sqlalchemy", "2.1"), ("fastapi", "0.155"), ("prefect", "3.9")]
)
def test_known_breaking_versions_are_not_installed(distribution: str, ceiling: str) -> None:
    """From these versions on Prefect's scheduler or server stops working."""
    assert Version(importlib.metadata.version(distribution)) < Version(ceiling)


def test_lock_names_no_address() -> None:
    """The lock pins by hash and leaves the choice of the package index to the machine."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text


def test_lock_pins_what_is_installed() -> None:
    """The environment of the tests is the locked one."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for name in ("numpy", "pandas", "lightgbm", "prefect", "mlflow", "typer", "fastapi"):
        assert f"{name}=={importlib.metadata.version(name)} " in lock.replace("\n", " ")
