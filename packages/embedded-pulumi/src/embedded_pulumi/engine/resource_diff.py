"""How a resource differs from its goal, with what the program wants to be a replacement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from embedded_pulumi import paths
from embedded_pulumi.provider import Diff, DiffKind


@dataclass(frozen=True)
class ResourceDiff:
    """How a resource differs from its goal, and whether it must be replaced."""

    detailed: Mapping[str, DiffKind] = field(default_factory=dict)
    replace: bool = False
    delete_before_replace: bool = False

    @classmethod
    def of(cls, diff: Diff) -> ResourceDiff:
        """What the provider says."""
        return cls(diff.detailed, bool(diff.replaces), diff.delete_before_replace)

    def with_replace_on_changes(self, patterns: Sequence[str], *, has_init_errors: bool = False) -> ResourceDiff:
        """The diff, in which a change of a path that `replaceOnChanges` names replaces the resource.

        Args:
            patterns: The paths of `replaceOnChanges`.
            has_init_errors: Whether the resource has init errors, which count as a change for the path `*`.

        Raises:
            PathError: a pattern is not a path.

        Source: applyReplaceOnChanges in pulumi/pkg/resource/deploy/step_generator.go.
        """
        parsed = [paths.parse(pattern) for pattern in patterns]
        hit = {path for path in self.detailed if any(paths.contains(pattern, paths.parse(path)) for pattern in parsed)}
        forced = has_init_errors and (paths.WILDCARD,) in parsed
        detailed = {path: kind.as_replacement if path in hit else kind for path, kind in self.detailed.items()}
        return ResourceDiff(detailed, self.replace or bool(hit) or forced, self.delete_before_replace)
