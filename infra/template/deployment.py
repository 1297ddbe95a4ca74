"""What CloudFormation makes of the expanded template for given parameters: conditions decided, the rest dropped."""

import re
from typing import Any, Iterator

import expand

NO_VALUE = object()
_NAME_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


class Deployment:
    """The template with its parameters at their defaults but for `parameters`."""

    def __init__(self, **parameters: str):
        # Who traces decides on rights before CloudFormation sees the template; nothing else does.
        tracing = {name: value for name, value in parameters.items() if name == "Tracing"}
        self.template = expand.expanded(**tracing)
        declared = self.template["Parameters"]
        unknown = set(parameters) - set(declared)
        if unknown:
            raise ValueError(f"no such parameters: {unknown}")
        defaults = {name: declaration.get("Default") for name, declaration in declared.items()}
        self.parameters = {name: str(value) for name, value in (defaults | expand.PARAMETERS | parameters).items()}
        self.conditions = {
            name: self._is_true(condition) for name, condition in self.template["Conditions"].items()
        }
        self.resources = self._kept("Resources")
        self.outputs = self._kept("Outputs")

    def refused(self) -> list[str]:
        """What the rules of the template say against these parameters."""
        return [
            assertion["AssertDescription"]
            for rule in self.template["Rules"].values()
            if self._is_true(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._is_true(assertion["Assert"])
        ]

    def text(self, value: Any) -> str:
        """A text as it is deployed; what only AWS knows is its name in angle brackets."""
        if isinstance(value, dict) and "Ref" in value:
            return self._named(value["Ref"])
        if isinstance(value, dict) and "Fn::Sub" in value:
            return _NAME_IN_TEXT.sub(lambda found: self._named(found[1]), value["Fn::Sub"])
        if isinstance(value, dict) and "Fn::Select" in value:
            index, texts = value["Fn::Select"]
            delimiter, joined = texts["Fn::Split"]
            return self.text(joined).split(delimiter)[int(index)]
        return value

    def dangling(self) -> set[str]:
        """Names that something deployed refers to and that are not deployed."""
        everything = {"Resources": self.resources, "Outputs": self.outputs}
        known = set(self.resources) | set(self.parameters)
        names = {name.partition(".")[0] for name in references(everything)}
        return {name for name in names if name not in known and not name.startswith("AWS::")}

    def _named(self, name: str) -> str:
        return self.parameters.get(name, f"<{name}>")

    def _kept(self, section: str) -> dict:
        entries = self.template[section].items()
        kept = {name: entry for name, entry in entries if self.conditions.get(entry.get("Condition"), True)}
        return {name: self._decided(entry) for name, entry in kept.items()}

    def _decided(self, value: Any) -> Any:
        """`value` with every `Fn::If` decided."""
        if isinstance(value, list):
            return [entry for entry in map(self._decided, value) if entry is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self._decided(yes if self.conditions[condition] else no)
        if value == {"Ref": "AWS::NoValue"}:
            return NO_VALUE
        decided = {key: self._decided(entry) for key, entry in value.items()}
        return {key: entry for key, entry in decided.items() if entry is not NO_VALUE}

    def _is_true(self, value: dict) -> bool:
        ((name, argument),) = value.items()
        match name:
            case "Fn::Equals":
                left, right = map(self.text, argument)
                return str(left) == str(right)
            case "Fn::Not":
                return not self._is_true(argument[0])
            case "Fn::And":
                return all(map(self._is_true, argument))
            case "Fn::Or":
                return any(map(self._is_true, argument))
            case "Condition":
                return self._is_true(self.template["Conditions"][argument])
        raise ValueError(f"no condition: {name}")


def references(value: Any) -> Iterator[str]:
    """Every name that `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn` inside `value` refer to."""
    if isinstance(value, list):
        for entry in value:
            yield from references(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key == "Ref":
                yield entry
            # Of a resource; CloudFormation refuses the name of one that is not deployed.
            elif key == "DependsOn":
                yield from [entry] if isinstance(entry, str) else entry
            elif key == "Fn::GetAtt":
                yield entry[0] if isinstance(entry, list) else entry
            elif key == "Fn::Sub" and isinstance(entry, str):
                yield from _NAME_IN_TEXT.findall(entry)
            elif key == "Fn::Sub":
                yield from set(_NAME_IN_TEXT.findall(entry[0])) - set(entry[1])
                yield from references(entry[1])
            else:
                yield from references(entry)
