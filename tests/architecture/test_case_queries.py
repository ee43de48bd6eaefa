"""Every query on case tables names the county or the single case it is about.

Statically: an ORM chain on a case model must carry a scoping argument before it is used, and a statement in SQL
must have one in its WHERE. A function that returns an unscoped chain passes the duty on to whoever calls it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.source import Module, docstrings, modules, parsed

MODELS = {"Case", "Dossier", "Bundle", "BundleDossier"}
NARROWING = {"filter", "get", "create", "get_or_create", "update_or_create", "bulk_create"}
SCOPES = (
    "tenant",
    "tenant_id",
    "pk",
    "id",
    "number",
    "case",
    "case_id",
    "created_by",
    "applicant_user_id",
    "bundle_id",
)
#: What serves every county at once, and why. An entry that is not needed any more is a fault.
EVERY_COUNTY: Mapping[str, str] = {
    "onedoor.domain.cases.tasks.sweep": "time takes effect in every county",
    "onedoor.domain.cases.tasks.discard_drafts": "drafts grow old in every county",
    "onedoor.domain.cases.tasks.catch_up_with_calendar": "a new calendar edition reaches every county",
    "onedoor.domain.cases.rebuilding._rows": "verification and rebuilding look at every case",
    "onedoor.domain.cases.rebuilding._bundles": "verification and rebuilding look at every bundle",
    "onedoor.site.keycheck._KEYS": "keys are tried on a sample of all cases; nothing of a case is read",
    "onedoor.site.keycheck._WHOLES": "likewise on a sample of all bundles",
}
TABLE = re.compile(
    r"\b(FROM|JOIN|UPDATE)\s+(cases_case|cases_dossier|cases_bundle|cases_bundledossier)\b", re.I
)
SCOPED = re.compile(r"\bWHERE\b.*\b(tenant_id|case_id|id|number)\s*(=|IN\b)", re.I | re.S)


def _parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _chain(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[ast.Call]:
    """The calls that are chained onto an expression: `x` of `x.filter(…).order_by(…)` gives both."""
    while True:
        above = parents.get(node)
        if isinstance(above, ast.Attribute) and above.value is node:
            call = parents.get(above)
            if isinstance(call, ast.Call) and call.func is above:
                yield call
                node = call
                continue
            node = above
            continue
        return


def _names_scope(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    exact = {f"{scope}{tail}" for scope in SCOPES for tail in ("", "__in")}
    return name in NARROWING and any(keyword.arg in exact for keyword in call.keywords)


def _sources(tree: ast.AST, unscoped: set[str]) -> Iterator[ast.expr]:
    """Expressions that stand for all rows: `Case.objects`, and calls of functions that return such a chain."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="objects", value=ast.Name(id=model)) if model in MODELS:
                yield node
            case ast.Call(func=ast.Name(id=name)) if name in unscoped:
                yield node


def _functions(module: Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)]


def _returned(function: ast.FunctionDef, source: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether a private function hands the chain itself to its caller."""
    node: ast.AST = source
    for call in _chain(source, parents):
        node = call
    return function.name.startswith("_") and isinstance(parents.get(node), ast.Return)


def unscoped_chains(module: Module) -> list[str]:
    """Functions that use all rows of a case table."""
    parents = _parents(module.tree)
    passing: set[str] = set()
    while True:
        found, before = [], set(passing)
        for function in _functions(module):
            for source in _sources(function, passing):
                if any(_names_scope(call) for call in _chain(source, parents)):
                    continue
                if _returned(function, source, parents):
                    passing.add(function.name)
                else:
                    found.append(f"{module.name}.{function.name}")
        if passing == before:
            return sorted(set(found))


def unscoped_statements(module: Module) -> list[str]:
    """SQL on a case table that would reach every row; named by the constant or function it stands in."""
    parents, told = _parents(module.tree), docstrings(module.tree)
    found = []
    for node in ast.walk(module.tree):
        text = _sql(node)
        if text is None or id(node) in told or isinstance(parents.get(node), ast.JoinedStr):
            continue
        if TABLE.search(text) and not SCOPED.search(text):
            found.append(f"{module.name}.{_owner(node, parents)}")
    return found


def _sql(node: ast.AST) -> str | None:
    """The fixed text of a constant or of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else " … " for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _owner(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str:
    while (above := parents.get(node)) is not None:
        match above:
            case ast.FunctionDef(name=name):
                return name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return name
        node = above
    return "?"


def test_every_query_on_cases_names_its_county_or_case() -> None:
    # The bench measures a database of its own, which holds nobody's cases.
    looked_at = [m for m in modules() if not m.within("onedoor.site.bench")]
    found = {place for m in looked_at for place in (*unscoped_chains(m), *unscoped_statements(m))}
    assert found == set(EVERY_COUNTY)


PASSED_ON = """
def _open():
    return Case.objects.exclude(stage="declined")
def counted(tenant_id):
    return _open().filter(tenant_id=tenant_id).count()
"""


@pytest.mark.parametrize(
    "planted",
    [
        "def f():\n    return Case.objects.filter(stage='draft').count()",
        "def f():\n    for row in Case.objects.all(): print(row)",
        "def f(n):\n    return list(Case.objects.order_by('id')[:n])",
        "def f():\n    Dossier.objects.all().delete()",
        "def f():\n    return list(Bundle.objects.order_by('number'))",
        PASSED_ON.replace(".filter(tenant_id=tenant_id)", ""),
        "SQL = 'SELECT count(*) FROM cases_case WHERE stage = %s'",
        "def f(w):\n    return f'UPDATE cases_case c SET overdue = true {w}'",
        "SQL = 'SELECT x.kind FROM offices_tenant t JOIN cases_dossier x ON true'",
    ],
)
def test_a_planted_query_without_scope_is_found(planted: str) -> None:
    module = parsed("onedoor.domain.cases.planted", planted)
    assert unscoped_chains(module) or unscoped_statements(module)


@pytest.mark.parametrize(
    "fair",
    [
        PASSED_ON,
        "def f(t):\n    return Case.objects.order_by('id').filter(tenant_id=t).first()",
        "SQL = 'SELECT 1 FROM cases_case c WHERE c.number = %s FOR UPDATE'",
    ],
)
def test_a_scoped_query_is_not_accused(fair: str) -> None:
    module = parsed("onedoor.domain.cases.planted", fair)
    assert not unscoped_chains(module)
    assert not unscoped_statements(module)
