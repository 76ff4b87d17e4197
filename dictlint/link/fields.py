"""Which attributes each object of a class has for itself, though they stand in the body of the class."""

from __future__ import annotations

from dictlint.link.paths import call_of, is_birth, leaf_name
from dictlint.model.facts import ClassFacts, FunctionFacts, ModuleFacts

_KEPT_PROPERTIES = frozenset(("cached_property", "cachedproperty", "reify"))
_FIELD_CLASSES = ("dataclass", "define", "mutable", "frozen", "attrs", "attr.s", "attrib")
_FIELD_BASES = ("BaseModel", "BaseSettings", "Struct", "HasTraits", "Configurable", "RootModel", "SQLModel")


def per_instance(facts: ClassFacts, module: ModuleFacts) -> bool:
    """Whether the class body lists fields, of which each instance gets its own (dataclasses, attrs, pydantic, ...)."""
    return any(name.endswith(_FIELD_CLASSES) for name in decorators_of(facts, module)) or lists_fields(facts)


def decorators_of(facts: ClassFacts, module: ModuleFacts) -> list[str]:
    """The decorators of a class by name, whether they are called (`@dataclass(frozen=True)`) or not."""
    calls = module.functions[facts.parent].calls
    return [calls[call_of(name)].callee if call_of(name) >= 0 else name for group in facts.decorators for name in group]


def lists_fields(facts: ClassFacts) -> bool:
    """Whether a base class makes fields of what stands in the body."""
    return any(name.endswith(_FIELD_BASES) for group in facts.bases for name in group)


def is_kept_property(facts: FunctionFacts) -> bool:
    """Whether the first read of the attribute makes a container, which every later read finds on the object."""
    if not facts.returns or not all(is_birth(path) for path in facts.returns):
        return False
    return any(leaf_name(path) in _KEPT_PROPERTIES for group in facts.decorators for path in group)
