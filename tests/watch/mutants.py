"""Every line that asks who somebody is, found in the code, and the code without it: one mutant for each.

Found by their shape, so that a line added later is taken out too: decorators that ask for a permission, ``visible_to``, ``has_perm``, the permission of a
``Step``, and the sign-in that every view asks for unless it says otherwise.
"""

import ast
from dataclasses import dataclass, field

from django.conf import settings

APPS = ("certification", "training_providers", "registry", "applications", "exams", "discipline", "reporting")
ASKS = ("permission_required", "only", "may_look", "see_requests")


@dataclass(frozen=True)
class Mutant:
    """The file at ``path``, changed at ``line`` as ``change`` says; ``source`` is its new text, ``view`` the function that answers without the line, if it is one."""

    path: str
    line: int
    change: str
    source: str = field(repr=False)
    view: str = ""

    def __str__(self):
        return f"{self.path}:{self.line} {self.change}"


def mutants():
    root = settings.BASE_DIR
    files = [path for app in APPS for path in sorted((root / app).rglob("*.py")) if "migrations" not in path.parts]
    return [mutant for path in files for mutant in mutants_of(str(path.relative_to(root)), path.read_text())]


def mutants_of(path, source):
    module = path.removesuffix(".py").replace("/", ".")
    for node in ast.walk(ast.parse(source)):
        view = f"{module}.{node.name}" if isinstance(node, ast.FunctionDef) else ""
        for change, part, new in changes(path, node):
            yield Mutant(path, part.lineno, change, replaced(source, part, new), view)


def changes(path, node):
    """(in words, the part of the code to replace, its replacement) for each way to leave a question in ``node`` out."""
    if isinstance(node, ast.FunctionDef):
        yield from changes_of_view(path, node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "visible_to":
            yield f"{ast.unparse(node)} shows all", node, f"{ast.unparse(node.func.value)}.all()"
        if node.func.attr == "has_perm":
            yield f"{ast.unparse(node)} is always so", node, "True"
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step" and len(node.args) > 3:
        yield f"{node.args[0].value} needs no {ast.unparse(node.args[3])}", node.args[3], '""'


def changes_of_view(path, function):
    for decorator in function.decorator_list:
        if ast.unparse(decorator).partition("(")[0] in ASKS:
            yield f"{function.name} without {ast.unparse(decorator)}", decorator, "(lambda view: view)"
    if is_private_page(path, function):
        first = function.decorator_list[0]
        opened = (
            f"__import__('django.contrib.auth.decorators', fromlist=['x']).login_not_required\n@{ast.unparse(first)}"
        )
        yield f"{function.name} asks for no sign-in", first, opened


def is_private_page(path, function):
    """Whether this is a view that people reach only when they are signed in; staff pages ask for that again."""
    names = {ast.unparse(decorator) for decorator in function.decorator_list}
    taken = [argument.arg for argument in function.args.args[:1]]
    ours = path.endswith("views.py") and "staff_" not in path and not function.name.startswith("_")
    wraps_another = any(name.startswith("wraps(") for name in names)
    return (
        ours and names and not wraps_another and taken == ["request"] and not names & {"login_not_required", "public"}
    )


def replaced(source, part, new):
    """``source`` with the text of ``part`` exchanged; columns of the tree count bytes."""
    lines = source.encode().splitlines(keepends=True)
    before = b"".join(lines[: part.lineno - 1]) + lines[part.lineno - 1][: part.col_offset]
    after = lines[part.end_lineno - 1][part.end_col_offset :] + b"".join(lines[part.end_lineno :])
    mutated = (before + new.encode() + after).decode()
    ast.parse(mutated)
    return mutated
