"""A text of the configuration or of a command that is one of the names of a registry."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sim.plugins.registry import Registry


class Choice:
    """Annotation of a `str`: checked against a registry whenever a value is validated.

    The names are asked for then, not when the class is made: a plug-in may add one.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        content = handler(schema)
        names = {"enum": list(self.registry.names)}
        if not self.registry.pattern:
            return {**content, **names}
        return {**content, "anyOf": [names, {"pattern": f"^{self.registry.pattern}"}]}

    def _checked(self, name: str) -> str:
        if name not in self.registry:
            raise ValueError(f"expected {self.registry.expected}{self.registry.hint(name)}")
        return name
