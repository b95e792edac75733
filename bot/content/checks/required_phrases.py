"""Derive the required phrases from the source of the `bot` package.

Every call `….say("id", key=…)` in a module or page template names a phrase and the placeholders
that it fills. The source is read as syntax trees; nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

SAY = "say"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class SaidPhrases:
    """The phrases that a set of sources says.

    `required`: phrase id → the placeholders that every call for it fills.
    `unresolved`: “file:line” of each call whose phrase id or placeholders cannot be derived.
    """

    required: Mapping[str, frozenset[str]]
    unresolved: tuple[str, ...]


@lru_cache(maxsize=1)
def required_phrases() -> Mapping[str, frozenset[str]]:
    """Return the phrase ids that the installed `bot` package says, with their placeholders."""
    return said_phrases(package_sources()).required


def package_sources() -> dict[str, str]:
    """Return the text of every module and page template of `bot`, by its path in the package."""
    return dict(_sources(files("bot"), ""))


def _sources(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, f"{name}/")
        elif entry.name.endswith((".py", ".html")):
            yield name, entry.read_text(encoding="utf-8")


def said_phrases(sources: Mapping[str, str]) -> SaidPhrases:
    """Derive the phrases that these sources (path → text; `.py` or `.html`) say.

    A phrase id may be a literal, a conditional expression of literals, an entry of a literal
    table, a variable or parameter annotated with `Literal[…]`, or a parameter: then every call
    of that function is followed. The placeholders of one id are those that all its calls fill.
    """
    resolver = _Resolver({n: _Module(n, t) for n, t in sources.items() if n.endswith(".py")})
    resolver.run()
    for name, text in sources.items():
        if name.endswith(".html") and SAY in text:
            resolver.read_template(name, text)
    return SaidPhrases(dict(sorted(resolver.required.items())), tuple(sorted(resolver.unresolved)))


class _Module:
    """One parsed module: its functions, calls and module-level names."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.calls: list[_Call] = []
        self.functions: dict[str, list[_Function]] = {}
        self.methods: set[_Function] = set()
        # Names of functions that are passed on as values: their calls cannot be followed.
        self.references: set[str] = set()
        self.names: dict[str, ast.expr] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        tree = ast.parse(text)
        for statement in tree.body:
            self.names.update(_assigned(statement))
        self._visit(tree, None, inside_class=False)

    def _visit(self, node: ast.AST, function: _Function | None, *, inside_class: bool) -> None:
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call):
            self.calls.append(_Call(node, function, self))
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                self.imports[alias.asname or alias.name] = (node.module, alias.name)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(child.name, []).append(child)
                if inside_class:
                    self.methods.add(child)
                self._visit(child, child, inside_class=False)
                continue
            if child is not called and (name := _name(child)):
                self.references.add(name)
            self._visit(child, function, inside_class=isinstance(child, ast.ClassDef))


@dataclass(frozen=True, slots=True)
class _Call:
    node: ast.Call
    function: _Function | None
    module: _Module


@dataclass(frozen=True, slots=True)
class _Use:
    """An expression for a phrase id, and the placeholders that its call fills.

    `open_ended`: the call also passes on the keyword arguments of its function.
    """

    phrase: ast.expr
    placeholders: frozenset[str]
    call: _Call
    open_ended: bool = False


class _Unresolved(Exception):
    """An expression whose values cannot be derived from the source."""


@dataclass
class _Resolver:
    modules: Mapping[str, _Module]
    required: dict[str, frozenset[str]] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def run(self) -> None:
        """Record the phrases of every `say` call of the modules."""
        for module in self.modules.values():
            for call in module.calls:
                if _says(call):
                    self._record(call, call.node.args[0], frozenset(), follow=False)

    def read_template(self, name: str, text: str) -> None:
        """Record the phrases of every `say` call of a page template (Jinja)."""
        from jinja2 import Environment, nodes

        tree = Environment(autoescape=True).parse(text)
        for call in tree.find_all(nodes.Call):
            said = isinstance(call.node, nodes.Name) and call.node.name == SAY
            said = said or (isinstance(call.node, nodes.Getattr) and call.node.attr == SAY)
            if not said or len(call.args) != 1:
                continue
            placeholders = frozenset(pair.key for pair in call.kwargs)
            choices = [call.args[0]]
            while choices:
                choice = choices.pop()
                if isinstance(choice, nodes.CondExpr) and choice.expr2 is not None:
                    choices += [choice.expr1, choice.expr2]
                elif isinstance(choice, nodes.Const) and isinstance(choice.value, str):
                    self._require(choice.value, placeholders)
                else:
                    self.unresolved.add(f"{name}:{call.lineno}")

    def _require(self, phrase: str, placeholders: frozenset[str]) -> None:
        self.required[phrase] = self.required.get(phrase, placeholders) & placeholders

    def _record(
        self, call: _Call, phrase: ast.expr, placeholders: frozenset[str], *, follow: bool
    ) -> None:
        """Record one call. `follow`: `placeholders` were filled further in; else read them."""
        try:
            if not follow:
                if _passes_on(call, phrase):
                    return
                placeholders, open_ended = self._placeholders(call)
            else:
                open_ended = False
            self._resolve(_Use(phrase, placeholders, call, open_ended))
        except _Unresolved:
            self.unresolved.add(f"{call.module.name}:{call.node.lineno}")

    def _resolve(self, use: _Use) -> None:
        for value in self._values(use.phrase, use.call):
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                self._require(value.value, use.placeholders)
            elif isinstance(value, ast.arg):
                self._follow(use, value.arg)
            else:
                raise _Unresolved

    def _follow(self, use: _Use, parameter: str) -> None:
        """Resolve a parameter at every call of its function."""
        function, module = use.call.function, use.call.module
        if function is None:
            raise _Unresolved
        private = function.name.startswith("_")
        modules = [module] if private else list(self.modules.values())
        if any(function.name in m.references for m in modules):
            raise _Unresolved
        if (id(use.call.node), id(use.phrase)) in self._seen:
            return
        self._seen.add((id(use.call.node), id(use.phrase)))
        arguments = [*function.args.posonlyargs, *function.args.args]
        if function in module.methods:
            arguments = arguments[1:]
        names = [argument.arg for argument in arguments]
        named = {*names, *(argument.arg for argument in function.args.kwonlyargs)}
        for other in modules:
            for call in other.calls:
                if _name(call.node.func) != function.name:
                    continue
                given = _argument(call.node, parameter, names) or _default(function, parameter)
                if given is None:
                    self.unresolved.add(f"{other.name}:{call.node.lineno}")
                    continue
                more = {k.arg for k in call.node.keywords if k.arg and k.arg not in named}
                filled = use.placeholders | more if use.open_ended else use.placeholders
                self._record(call, given, frozenset(filled), follow=True)

    def _placeholders(self, call: _Call) -> tuple[frozenset[str], bool]:
        """Return the keywords of a call, and whether it passes on those of its function."""
        found: set[str] = set()
        open_ended = False
        for keyword in call.node.keywords:
            own = call.function.args.kwarg if call.function else None
            if keyword.arg:
                found.add(keyword.arg)
            elif own and isinstance(keyword.value, ast.Name) and keyword.value.id == own.arg:
                open_ended = True
            elif isinstance(keyword.value, ast.Dict):
                found |= {_text(key) for key in keyword.value.keys}
            else:
                raise _Unresolved
        return frozenset(found), open_ended

    def _values(self, node: ast.expr, call: _Call, depth: int = 0) -> Iterator[ast.AST]:
        """Return the literals (or the parameter, as ast.arg) that an expression may be."""
        if depth > 8:
            raise _Unresolved
        if isinstance(node, ast.Constant):
            yield node
        elif isinstance(node, ast.IfExp):
            for part in (node.body, node.orelse):
                yield from self._values(part, call, depth + 1)
        elif isinstance(node, ast.Subscript):
            for value in self._entries(node.value, call, depth + 1):
                yield from self._values(value, call, depth + 1)
        elif isinstance(node, ast.Name):
            yield from self._of_name(node.id, call, depth + 1)
        else:
            raise _Unresolved

    def _of_name(self, name: str, call: _Call, depth: int) -> Iterator[ast.AST]:
        function = call.function
        annotation = _annotation(function, name) if function else None
        literals = self._literals(annotation, call.module) if annotation is not None else None
        if literals is not None:
            yield from literals
            return
        local = list(self._bindings(function, name, call, depth)) if function else []
        if local:
            for value in local:
                yield from self._values(value, call, depth)
        elif function and (parameter := _parameter(function, name)):
            yield parameter
        else:
            yield from self._values(self._global(name, call.module), call, depth)

    def _global(self, name: str, module: _Module) -> ast.expr:
        """Return what a module-level name is bound to, in this module or where it comes from."""
        if name in module.names:
            return module.names[name]
        source, original = module.imports.get(name, ("", ""))
        path = source.removeprefix("bot.").replace(".", "/") + ".py"
        other = self.modules.get(path)
        if other is None or original not in other.names:
            raise _Unresolved
        return other.names[original]

    def _literals(self, annotation: ast.expr, module: _Module) -> list[ast.expr] | None:
        """Return the values of `Literal[…]` or of an alias for it; None for another type."""
        if isinstance(annotation, ast.Name):
            try:
                annotation = self._global(annotation.id, module)
            except _Unresolved:
                return None
        if not isinstance(annotation, ast.Subscript) or _name(annotation.value) != "Literal":
            return None
        inner = annotation.slice
        return list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]

    def _bindings(
        self, function: _Function, name: str, call: _Call, depth: int
    ) -> Iterator[ast.expr]:
        """Return every expression that a local name is bound to in a function."""
        for node in ast.walk(function):
            if isinstance(node, ast.stmt):
                bound = _assigned(node).get(name)
                if bound is not None:
                    yield bound
            elif isinstance(node, ast.NamedExpr) and node.target.id == name:
                yield node.value
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                yield from self._loop(node.target, node.iter, name, call, depth)

    def _loop(
        self, target: ast.expr, over: ast.expr, name: str, call: _Call, depth: int
    ) -> Iterator[ast.expr]:
        if isinstance(target, ast.Name) and target.id == name:
            yield from self._entries(over, call, depth)
        elif isinstance(target, ast.Tuple):
            for place, part in enumerate(target.elts):
                if isinstance(part, ast.Name) and part.id == name:
                    for entry in self._entries(over, call, depth):
                        if not isinstance(entry, ast.Tuple | ast.List) or place >= len(entry.elts):
                            raise _Unresolved
                        yield entry.elts[place]

    def _entries(self, node: ast.expr, call: _Call, depth: int) -> Sequence[ast.expr]:
        """Return the entries of a literal list or tuple, or the values of a literal mapping."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return node.elts
        if isinstance(node, ast.Dict):
            return node.values
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            table = self._table(node.func.value, call)
            if isinstance(table, ast.Dict) and node.func.attr == "values":
                return table.values
            if isinstance(table, ast.Dict) and node.func.attr == "items":
                pairs = zip(table.keys, table.values, strict=True)
                return [ast.Tuple([key, value]) for key, value in pairs if key is not None]
        if isinstance(node, ast.Name) and depth <= 8:
            return self._entries(self._table(node, call), call, depth + 1)
        raise _Unresolved

    def _table(self, node: ast.expr, call: _Call) -> ast.expr:
        """Return what a name is bound to. A local table that is filled later is refused."""
        if not isinstance(node, ast.Name):
            return node
        local = list(self._bindings(call.function, node.id, call, 8)) if call.function else []
        if not local:
            return self._global(node.id, call.module)
        if len(local) > 1 or not isinstance(local[0], ast.Tuple | ast.Dict):
            raise _Unresolved
        return local[0]


def _says(call: _Call) -> bool:
    """Whether the call has the form of `Knowledge.say`: one positional argument, a phrase id."""
    if _name(call.node.func) != SAY or len(call.node.args) != 1:
        return False
    if isinstance(call.node.func, ast.Attribute):
        return True
    # A function of the module itself that is called `say` may take something else than an id.
    own = [f for f in call.module.functions.get(SAY, ()) if f not in call.module.methods]
    first = next(iter(_all_arguments(own[0])), None) if own else None
    return first is None or _name(first.annotation or first) == "str"


def _passes_on(call: _Call, phrase: ast.expr) -> bool:
    """Whether the call is the body of a `say` itself: its own callers name the phrase."""
    function = call.function
    return (
        function is not None
        and function.name == SAY
        and isinstance(phrase, ast.Name)
        and _parameter(function, phrase.id) is not None
    )


def _name(node: ast.AST) -> str:
    """Return the last part of `a`, `b.a`; "" for another expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else ""


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _Unresolved


def _assigned(statement: ast.stmt) -> dict[str, ast.expr]:
    """Return the names that one statement binds to an expression."""
    if isinstance(statement, ast.Assign):
        return {t.id: statement.value for t in statement.targets if isinstance(t, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id: statement.value} if statement.value else {}
    return {}


def _all_arguments(function: _Function) -> Iterable[ast.arg]:
    arguments = function.args
    return (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)


def _parameter(function: _Function, name: str) -> ast.arg | None:
    return next((a for a in _all_arguments(function) if a.arg == name), None)


def _annotation(function: _Function, name: str) -> ast.expr | None:
    """Return the type that a function declares for a parameter or a local variable."""
    parameter = _parameter(function, name)
    if parameter is not None:
        return parameter.annotation
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and _target(node) == name:
            return node.annotation
    return None


def _target(node: ast.AnnAssign) -> str:
    return node.target.id if isinstance(node.target, ast.Name) else ""


def _argument(call: ast.Call, parameter: str, names: Sequence[str]) -> ast.expr | None:
    """Return the expression that a call passes for a parameter, or None for its default."""
    for keyword in call.keywords:
        if keyword.arg == parameter:
            return keyword.value
    place = names.index(parameter) if parameter in names else len(call.args)
    if any(isinstance(a, ast.Starred) for a in call.args[: place + 1]):
        return None
    return call.args[place] if place < len(call.args) else None


def _default(function: _Function, parameter: str) -> ast.expr | None:
    """Return the default value of a parameter, or None."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    pairs += [
        (argument, default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    return next((default for argument, default in pairs if argument.arg == parameter), None)
