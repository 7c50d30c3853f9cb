"""Policies that can never match, whatever the tickets are: by their conditions alone."""

from collections.abc import Iterator, Sequence

from forewarn.config import PolicyConfig, SlaConfig
from forewarn.config.policies import in_words
from forewarn.errors import ConfigError
from forewarn.sla.condition_space import Box, boxes_of, is_covered, meets
from forewarn.sla.lint_findings import Finding
from forewarn.sla.policy import condition_columns
from forewarn.tables import Tables


def unknown_columns(tables: Tables, sla: SlaConfig) -> Iterator[Finding]:
    """Policies that look at a column which neither tickets nor customers have."""
    for policy in sla.policies:
        try:
            condition_columns(tables, sla.model_copy(update={"policies": (policy,)}))
        except ConfigError as error:
            yield Finding(
                "error", "unknown-column", policy.name, "looks at a column that is not there",
                f"{error}.",
                "Correct the name, or list the column under 'attributes' of its source and run "
                "'forewarn ingest --rebuild'.",
            )  # fmt: skip


def unreachable(sla: SlaConfig) -> Iterator[Finding]:
    """Policies whose conditions contradict themselves, or to which earlier ones leave nothing."""
    pairs = list(zip(sla.policies, boxes_of(sla.policies), strict=True))
    for place, (policy, box) in enumerate(pairs):
        empty = next((name for name, kinds in box.items() if not kinds), None)
        if empty is not None:
            yield _contradictory(policy, empty)
        elif is_covered(box, [other for _, other in pairs[:place]]):
            yield _shadowed(policy, box, pairs[:place])


def repeated_names(sla: SlaConfig) -> Iterator[Finding]:
    """Names that two policies share: penalties and credits are looked up by name."""
    names = [policy.name for policy in sla.policies]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Finding(
            "error", "repeated-name", name, f"is the name of {names.count(name)} policies",
            "Penalties, weights and credits are looked up by name: only the last one's count.",
            "Give each policy a name of its own.",
        )  # fmt: skip


def _contradictory(policy: PolicyConfig, name: str) -> Finding:
    asked = in_words(policy.when[name]) or "one of no values"
    return Finding(
        "error", "contradictory", policy.name, "can never match",
        f"No {name} can be {asked}.",
        "Correct the condition, or remove the policy.",
    )  # fmt: skip


def _shadowed(
    policy: PolicyConfig, box: Box, earlier: Sequence[tuple[PolicyConfig, Box]]
) -> Finding:
    """Names the first policy that takes everything, or else all that take a part."""
    alone = [p.name for p, other in earlier if is_covered(box, (other,))]
    takers = alone[:1] or [p.name for p, other in earlier if meets(box, other)]
    who = f"policy {takers[0]}" if len(takers) == 1 else f"policies {' and '.join(takers)}"
    verb = "takes" if len(takers) == 1 else "together take"
    dated = " while it is valid" if policy.valid_from or policy.valid_until else ""
    return Finding(
        "error", "shadowed", policy.name, "never gets a ticket",
        f"Before it {who} {verb} every ticket that it matches{dated}, and the first policy that "
        "matches wins.",
        "Move it up, narrow the earlier ones, or remove it.",
    )  # fmt: skip
