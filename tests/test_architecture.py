"""The shape of the house: who may import whom, which files may touch the world, and how large things may grow."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("edge", "hub", "dashboard", "simulators")

# Imports run against the data: the reader imports the writer's definitions. Simulators impersonate, so
# they import formats and fact types only.
MAY_IMPORT = {
    "edge": set(),
    "hub": {
        "edge.messages",
        "edge.topics",
        "edge.values",
        "edge.plan",
        "edge.settings",
        "edge.daemon",
        "edge.deliver.mqtt",
        "edge.measure.days",
    },
    # The staffing formula is the hub's own, so that what a slider says and what the hub answers are one. A plan
    # that is drawn on is checked as its device would.
    "dashboard": {
        "hub.client",
        "hub.insight.staffing",
        "hub.private",
        "edge.settings",
        "edge.toml",
        "edge.plan",
        "edge.measure.plane",
    },
    "simulators": {
        "edge.messages",
        "edge.topics",
        "edge.values",
        "edge.plan",
        "edge.settings",
        "edge.scene",
        "edge.toml",
        "edge.measure.facts",
        "edge.measure.footfall",
        "edge.measure.dwell",
        "edge.measure.flows",
        "edge.measure.heat",
        "edge.measure.queues",
        "edge.measure.days",
        "edge.measure.geometry",
        "edge.radio.adverts",
        "hub.client",
    },
}
# The shell: the only files that may touch the world (network, disk, clock, threads, screen).
SHELL = {
    "edge.__main__",
    "edge.agent",
    "edge.apart",
    "edge.check",
    "edge.daemon",
    "edge.hardening",
    "edge.settings",
    "edge.surveying",
    "edge.preview",
    "edge.setup",
    "edge.replay",
    "edge.recording",
    "edge.download",
    "edge.sight.apart",
    "edge.sight.camera",
    "edge.sight.child",
    "edge.sight.decoder",
    "edge.radio.apart",
    "edge.radio.recorded",
    "edge.radio.scanner",
    "edge.radio.source",
    "edge.sensing",
    "edge.radio.gateways",
    "edge.deliver.bulk",
    "edge.deliver.disk",
    "edge.deliver.ledger",
    "edge.deliver.outbox",
    "edge.deliver.mqtt",
    "edge.deliver.secure",
    "edge.deliver.sender",
    "hub.__main__",
    "hub.commands",
    "hub.errands",
    "hub.running",
    "hub.office",
    "hub.settings",
    "hub.check",
    "hub.intake.ingest",
    "hub.intake.buttons",
    "hub.storage.store",
    "hub.storage.lake",
    "hub.storage.room",
    "hub.serve.api",
    "hub.serve.desk",
    "hub.serve.kept",
    "hub.serve.calls",
    "hub.serve.documents",
    "hub.serve.access",
    "hub.serve.files",
    "hub.serve.mappings",
    "hub.serve.ringing",
    "hub.serve.webhooks",
    "hub.client",
    "hub.arguments",
    "hub.importing",
    "hub.private",
    "hub.enroll.registry",
    "hub.enroll.handout",
    "dashboard.__main__",
    "dashboard.app",
    "dashboard.accounts",
    "dashboard.data",
    "dashboard.gate",
    "dashboard.report",
    "dashboard.server",
    "dashboard.users",
    "simulators.__main__",
    "simulators.arguments",
    "simulators.broker",
    "simulators.demo",
    "simulators.processes",
    "simulators.stream",
} | {f"dashboard.views.{path.stem}" for path in (ROOT / "dashboard/views").glob("*.py")}
WORLD = {
    "asyncio",
    "bleak",
    "getpass",
    "concurrent",
    "fcntl",
    "mmap",
    "resource",
    "select",
    "ssl",
    "ctypes",
    "duckdb",
    "fastapi",
    "http",
    "httpx",
    "io",
    "iotcore",
    "logging",
    "multiprocessing",
    "os",
    "paho",
    "pathlib",
    "queue",
    "random",
    "requests",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "streamlit",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "tomllib",
    "urllib",
    "uvicorn",
}
# Modules that load others by name once they are needed: the tools for recordings, what draws and prints reports and
# may not be there, and of the hub all that does not take messages, so that a killed one takes them again within two
# seconds.
LATE = {
    "edge.__main__": {"edge.replay", "edge.surveying"},
    "dashboard.__main__": {"dashboard.report"},
    "dashboard.report": {"dashboard.pictures", "dashboard.printed"},
    "hub.__main__": {"hub.running", "hub.commands"},
    "hub.running": {"hub.office"},
}
# Where an image may be touched at all. Nothing after detection takes one.
IMAGES = {"edge.sight", "simulators.frames", "simulators.stream"}
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, MEDIAN_FUNCTION = 300, 45, 130, 10
# What a module shows to others: functions, classes and constants without an underscore. These modules show more than
# eight; a number may fall and never rise, and a module may leave the list and never enter it.
MOST_PUBLIC = 8
MANY_PUBLIC = {
    "edge.__main__": 16,
    "edge.agent": 9,
    "edge.daemon": 11,
    "edge.deliver.mqtt": 9,
    "edge.measure.audit": 12,
    "edge.measure.geometry": 11,
    "edge.measure.groups": 9,
    "edge.measure.heat": 15,
    "edge.measure.hota": 11,
    "edge.measure.queues": 9,
    "edge.measure.score": 11,
    "edge.measure.tallies": 12,
    "edge.messages": 19,
    "edge.plan": 21,
    "edge.played": 12,
    "edge.radio.adverts": 14,
    "edge.scene": 16,
    "edge.settings": 10,
    "edge.sight.apart": 9,
    "edge.sight.background": 21,
    "edge.sight.blobs": 15,
    "edge.sight.camera": 16,
    "edge.sight.decoder": 17,
    "edge.sight.detection": 23,
    "edge.sight.dialects": 18,
    "edge.sight.eye": 15,
    "edge.sight.ground": 14,
    "edge.sight.lingering": 10,
    "edge.sight.parts": 13,
    "edge.sight.sizes": 16,
    "edge.sight.steady": 11,
    "edge.sight.tracking": 24,
    "edge.values": 20,
    "hub.enroll.authority": 9,
    "hub.insight.durations": 9,
    "hub.intake.sorting": 10,
    "hub.serve.questions": 11,
    "hub.settings": 9,
    "hub.sites": 10,
    "hub.storage.rows": 9,
    "dashboard.data": 13,
    "dashboard.looks": 23,
    "dashboard.settings": 9,
    "dashboard.tiles": 12,
    "dashboard.times": 16,
    "dashboard.today": 9,
    "dashboard.trust": 9,
    "simulators.__main__": 10,
    "simulators.adverts": 13,
    "simulators.ceiling": 16,
    "simulators.demo": 9,
    "simulators.scenery": 9,
    "simulators.scenes": 15,
    "simulators.shop": 33,
    "simulators.shoppers": 9,
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str, known: dict[str, Path]) -> str:
    """The module of ours that an import refers to: 'edge.messages.Count' -> 'edge.messages'."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


MODULES = dict(modules())
GRAPH = {
    name: {ours(target, MODULES) for target in imports(path) if target.split(".")[0] in PACKAGES}
    for name, path in MODULES.items()
}


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_against_the_data(name: str) -> None:
    package = name.split(".")[0]
    foreign = {target for target in GRAPH[name] if target.split(".")[0] != package}
    assert foreign <= MAY_IMPORT[package]


@pytest.mark.parametrize("name", sorted(set(MODULES) - SHELL))
def test_core_does_not_touch_the_world(name: str) -> None:
    assert not {target.split(".")[0] for target in imports(MODULES[name])} & WORLD


@pytest.mark.parametrize("name", sorted(set(MODULES) - SHELL))
def test_core_reads_no_clock_and_opens_no_file(name: str) -> None:
    calls = [node.func for node in nodes(MODULES[name]) if isinstance(node, ast.Call)]
    methods = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    functions = {call.id for call in calls if isinstance(call, ast.Name)}
    assert not functions & {"open", "print", "input"}
    assert not methods & {"now", "utcnow", "today", "open", "read_text", "read_bytes", "write_text", "getenv"}


@pytest.mark.parametrize("name", MODULES)
def test_images_stay_where_they_are_seen(name: str) -> None:
    if any(target.split(".")[0] == "cv2" for target in imports(MODULES[name])):
        assert any(name == room or name.startswith(f"{room}.") for room in IMAGES)


def test_no_import_cycles() -> None:
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            path.append(name)
            for target in GRAPH[name] - {name}:
                visit(target)
            done.add(path.pop())

    for name in GRAPH:
        visit(name)


@pytest.mark.parametrize("name", MODULES)
def test_imports_stand_at_the_top(name: str) -> None:
    inner = {
        getattr(statement, "module", None) or statement.names[0].name  # type: ignore[attr-defined]
        for node in nodes(MODULES[name])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in ast.walk(node)
        if isinstance(statement, ast.Import | ast.ImportFrom)
    }
    # Optional hardware drivers and the optional embedded broker may be absent.
    assert inner <= {"bleak", "iotcore"}


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(LATE)))
def test_modules_are_not_loaded_by_name(name: str) -> None:
    assert not {one.id for one in nodes(MODULES[name]) if isinstance(one, ast.Name)} & {"import_module", "__import__"}
    assert "import_module" not in {one.attr for one in nodes(MODULES[name]) if isinstance(one, ast.Attribute)}


@pytest.mark.parametrize(("name", "targets"), LATE.items())
def test_what_is_loaded_by_name_is_said(name: str, targets: set[str]) -> None:
    calls = [node for node in nodes(MODULES[name]) if isinstance(node, ast.Call)]
    loads = [call for call in calls if ast.unparse(call.func).endswith("import_module")]
    found = {one.value for call in loads for one in ast.walk(call) if isinstance(one, ast.Constant)}
    assert found - {"run"} == targets


@pytest.mark.parametrize("name", MODULES)
def test_names_do_not_shadow_the_standard_library(name: str) -> None:
    last = name.rpartition(".")[2]
    assert last not in sys.stdlib_module_names - {"__main__"}
    assert last not in {"utils", "util", "common", "helpers", "base", "manager"}


@pytest.mark.parametrize("name", MODULES)
def test_files_and_functions_stay_small(name: str) -> None:
    text = MODULES[name].read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in nodes(MODULES[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{name}.{node.name}"
        if isinstance(node, ast.ClassDef):
            assert not node.name.endswith(("Manager", "Handler", "Base", "Factory", "Helper", "Util")), node.name


def test_the_median_file_is_short() -> None:
    lengths = sorted(n for p in MODULES.values() if (n := p.read_text(encoding="utf-8").count("\n")) > 0)
    assert lengths[len(lengths) // 2] <= MEDIAN_FILE


def public(name: str) -> set[str]:
    """The names at the top of a module that do not begin with an underscore, imports not counted."""
    found: set[str] = set()
    for statement in ast.parse(MODULES[name].read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return {one for one in found if not one.startswith("_")}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_shows_few_names(name: str) -> None:
    assert len(public(name)) <= MANY_PUBLIC.get(name, MOST_PUBLIC), sorted(public(name))


def test_the_list_of_exceptions_only_falls() -> None:
    assert {name: n for name, n in MANY_PUBLIC.items() if name not in MODULES or len(public(name)) < n} == {}


def test_the_median_function_is_short() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for path in MODULES.values() for node in nodes(path) if isinstance(node, functions)]
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for node in found)
    assert lengths[len(lengths) // 2] <= MEDIAN_FUNCTION
