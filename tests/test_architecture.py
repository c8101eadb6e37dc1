"""The laws of the house: who may import whom, and how large a room may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dbn

ROOT = Path(dbn.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}

# From the ground up; rooms on one floor do not know each other.
FLOORS = [
    {"dbn"},
    {"dbn.streams"},
    {"dbn.errors"},
    {"dbn.atomic", "dbn.ops"},
    {"dbn.images"},
    {"dbn.data", "dbn.films", "dbn.figures"},
    {"dbn.training"},
    {"dbn.generative", "dbn.discriminative"},
    {"dbn.models"},
    {"dbn.comparison", "dbn.estimators"},
    {"dbn.cli"},
    {"dbn.__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported, anywhere in a file; names from a package count as its modules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = [name for name in inner if name in MODULES]
            yield from modules or [node.module]


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


OWN = [(name, other) for name, path in MODULES.items() for other in imports(path) if other.split(".")[0] == "dbn"]


def test_every_room_has_its_floor() -> None:
    assert {room(name) for name in MODULES} <= FLOOR.keys()


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_floors_below(name: str) -> None:
    for module, other in OWN:
        if module == name and room(other) != room(name):
            assert FLOOR[room(other)] < FLOOR[room(name)], f"{name} imports {other}"


def test_the_wings_do_not_know_each_other() -> None:
    wings = {"dbn.generative", "dbn.discriminative"}
    assert not [pair for pair in OWN if {room(module) for module in pair} == wings]


def test_no_module_imports_itself_in_a_circle() -> None:
    below = {name: {other for module, other in OWN if module == name} - {name} for name in MODULES}
    while leaves := {name for name, others in below.items() if not others & below.keys()}:
        below = {name: others for name, others in below.items() if name not in leaves}
    assert not below


def test_torch_is_imported_by_its_engine_alone() -> None:
    users = {name for name, path in MODULES.items() if any(other.split(".")[0] == "torch" for other in imports(path))}
    assert users <= {"dbn.ops.torch"}


def names(engine: str) -> dict[str, bool]:
    """The public names that an engine defines itself, and whether each is more than another library's name."""
    found = {}
    for node in ast.parse(MODULES[engine].read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = True
        elif isinstance(node, ast.Assign):
            found |= {name.id: False for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)}
    return {name: own for name, own in found.items() if not name.startswith("_") and name != "Array"}


def test_ops_know_nothing_of_models_and_stay_few() -> None:
    own = [name for name, written in names("dbn.ops.numpy").items() if written]
    assert len(own) <= 15
    assert len(names("dbn.ops.numpy")) - len(own) <= 10
    assert not [pair for pair in OWN if room(pair[0]) == "dbn.ops" != room(pair[1])]


def test_engines_have_the_same_names() -> None:
    assert names("dbn.ops.torch") == names("dbn.ops.numpy")


def test_modules_are_short_and_have_names_that_say_something() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert not {name: n for name, n in lengths.items() if n > 260}
    assert not {"utils", "util", "helpers", "common", "misc"} & {path.stem for path in MODULES.values()}


def test_every_module_says_what_it_is() -> None:
    silent = [name for name, path in MODULES.items() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert not silent


HEAVY = "matplotlib", "scipy", "sklearn", "h5py", "numpy", "pooch", "PIL", "tqdm", "torch"


@pytest.mark.parametrize("module", ["dbn", "dbn.cli"])
def test_importing_is_light(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert found.split() == []
