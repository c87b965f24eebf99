"""V-LINT-13: the code and the catalogue know the same keys, and no sentence lives in the code."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from botcore.voice.catalogue import PROVIDERS, Catalogue
from botcore.voice.linter import Violation

RULE = "V-LINT-13"
PACKAGES = ("botcore", "subscriptions", "content", "healthcheck", "lucien")
# Where Spanish may stand: the voice's own tools, names of models and fields in the staff site, the sandbox (its page
# and its demo data) and the operators' commands.
SILENT_FOLDERS = {"voice", "migrations", "sandbox", "management"}
SILENT_FILES = {"models.py", "admin.py", "apps.py"}

_KEY = re.compile(rf"(?:{'|'.join(PROVIDERS)})\.[a-z](?:[a-z0-9_]*[a-z0-9])?")
_FAMILY = re.compile(rf"(?:{'|'.join(PROVIDERS)})\.(?:[a-z0-9_]*_)?")  # the fixed part of f"start.command_{name}"
_SPANISH = re.compile(r"[áéíóúüñ¿¡«»]|</?(?:b|i|u|s|a|code|blockquote|tg-spoiler)\b[^>]*>", re.I)


def source_files(root: Path) -> Iterator[Path]:
    """Python files of the product under `root`, the project's folder."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def missing_keys(files: Iterable[Path], catalogue: Catalogue) -> list[Violation]:
    """Keys that the code names and the catalogue does not have."""
    return [
        Violation(key, 0, RULE, f"named in {path.name}:{line}, absent from the catalogue")
        for path in files
        for line, key in _keys_in(path)
        if key not in catalogue
    ]


def unused_keys(files: Iterable[Path], catalogue: Catalogue) -> list[Violation]:
    """Keys that neither the code nor a variable of another message names."""
    literals = {text for path in files for _, text in _literals(path)}
    families = tuple(text for text in literals if _FAMILY.fullmatch(text))
    used = literals | {message.key for message in catalogue if message.key.startswith(families)}
    for message in catalogue:
        for variable in message.variables.values():
            used.update(variable.items)
            used.add(variable.zero or "")
    return [Violation(message.key, 0, RULE, "used nowhere") for message in catalogue if message.key not in used]


def sentences(root: Path) -> list[Violation]:
    """String literals with Spanish letters or tags where only keys belong: handlers, use cases, jobs."""
    return [
        Violation(f"{path.name}:{line}", 0, RULE, text[:60])
        for path in source_files(root)
        if path.name not in SILENT_FILES and not SILENT_FOLDERS.intersection(path.relative_to(root).parts)
        for line, text in _literals(path)
        if _SPANISH.search(text)
    ]


def _keys_in(path: Path) -> Iterator[tuple[int, str]]:
    return ((line, text) for line, text in _literals(path) if _KEY.fullmatch(text))


def _literals(path: Path) -> Iterator[tuple[int, str]]:
    """String literals but docstrings, each with its line."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }  # a bare string is a docstring or nothing
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
