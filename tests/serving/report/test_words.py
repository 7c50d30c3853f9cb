"""What the report says in sentences: verdict, queue, model."""

from pathlib import Path
from typing import Any

import pytest

from serving.report.costs import Costs
from serving.report.judgement import judge
from serving.report.periods import Change, Share
from serving.report.standing import standing_of
from serving.report.text import points
from serving.report.verdict import headline, opening

BETTER = Change(Share(1000, 50), Share(1000, 150))
WORSE = Change(Share(1000, 150), Share(1000, 50))
STEADY = Change(Share(1000, 100), Share(1000, 101))
FEW = Change(Share(3, 1), Share(1000, 100))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"first_response": WORSE, "resolution": BETTER},
         ("First response is getting worse at 85.0 % kept, "
         "resolution is getting better at 95.0 % kept.")),
        ({"first_response": FEW, "resolution": STEADY}, "Resolution is steady at 90.0 % kept."),
        ({"resolution": FEW}, "Too few promises were decided in the last four weeks to judge."),
        ({}, "Too few promises were decided in the last four weeks to judge."),
    ],
)  # fmt: skip
def test_the_headline_tells_the_direction(changes: dict[str, Change], expected: str) -> None:
    """Better or worse only where chance hardly explains it."""
    assert headline(changes) == expected


def test_the_opening_gives_the_figures(monthly_costs: Costs) -> None:
    """Kept shares with their change, penalties, the open tickets."""
    standing = standing_of({}, [_row("ranked", 0.7), _row("lost", None, late=True)], names={})
    years = {"resolution": Share(9000, 900)}
    assert opening({"resolution": BETTER}, years, [monthly_costs], standing) == [
        (
            "95.0 % of the resolution promises decided in the last four weeks were kept "
            "(+10.0 points on the four weeks before; 90.0 % over a year)."
        ),
        (
            "Broken promises cost EUR 1,200 by contract in these four weeks "
            "(EUR 900 in the four before)."
        ),
        "2 tickets are open; 1 has broken a promise already, 1 more will probably break one.",
    ]


def test_excused_breaches_are_told_beside_the_share() -> None:
    """They stay broken: out of penalties, never out of sight."""
    change = Change(Share(1000, 50, 3), Share(1000, 50))
    said = opening({"resolution": change}, {}, [], None)
    assert said[0].endswith("weeks before). Of the 50 broken ones 3 are excused.")


def test_without_probabilities_nothing_is_foretold() -> None:
    """Ordered by rule: what is late is said, what will be late is not known."""
    standing = standing_of({}, [_row("ranked", None), _row("ranked", None)], names={})
    assert opening({}, {}, [], standing) == ["2 tickets are open; none has broken a promise yet."]


def test_the_queue_is_counted_by_team() -> None:
    """Late tickets are not counted as likely; names stand for ids; no team is a team."""
    rows = [_row("ranked", 0.5), _row("ranked", 0.49), _row("lost", 0.9, late=True),
            _row("waiting", None) | {"group_id": None}]  # fmt: skip
    found = standing_of({}, rows, names={"desk": "Desk"})
    assert [(g.name, g.n_open, g.n_late, g.n_likely, g.n_waiting) for g in found.groups] == [
        ("Desk", 3, 1, 1, 0), ("no team", 1, 0, 0, 1),
    ]  # fmt: skip
    assert (found.total.n_open, found.n_lost, len(found.top)) == (4, 1, 2)


def test_a_judged_metric_speaks_in_words(evaluation: dict[str, Any]) -> None:
    """Verdict by the interval, basis, snapshots, calibration; the rule beside ours."""
    found = judge(evaluation, time_zone="UTC")[1]
    assert found.verdict == (
        "It finds the promises that will break better than the best simple method, the group's "
        "past breach rate."
    )
    assert found.sentences == (
        (
            "Judged on 2,400 tickets opened from 2026-05-25 on, which it had not seen; 12 % of "
            "what was observed broke its promise."
        ),
        (
            "On 20 mornings the tenth of the open clocks that it held to be most at risk broke in "
            "50 % of the cases; of all open clocks 10 % did."
        ),
        "Where it named its highest risks (60 % on average, at opening), 61 % broke.",
    )
    assert [(a.precision, a.lead_hours) for a in found.alerts] == [
        (0.5, 1.2),
        (0.55, 9.0),
        (0.8, 4.0),
    ]
    assert [b.value for b in found.snapshot] == [0.5, 0.3, 0.1]


def test_a_judged_metric_tells_the_day_of_the_reports_zone(evaluation: dict[str, Any]) -> None:
    """Midnight of 25 May in UTC is the evening before in New York."""
    said = judge(evaluation, time_zone="America/New_York")[1].sentences[0]
    assert said.startswith("Judged on 2,400 tickets opened from 2026-05-24 on,")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.02, 0.02, "It cannot be told apart"), (-0.2, -0.1, "A simple method finds the promises"),
     (None, None, "How it compares with simple methods cannot be told")],
)  # fmt: skip
def test_the_verdict_follows_the_interval(
    evaluation: dict[str, Any], low: float | None, high: float | None, expected: str
) -> None:
    """Ours is called better only where the whole interval lies above zero."""
    margins = evaluation["metrics"]["resolution"]["headline"]["margins"]["over_best_baseline"]
    margins["average_precision"] |= {"low": low, "high": high}
    assert judge(evaluation, time_zone="UTC")[1].verdict.startswith(expected)


def test_a_metric_that_could_not_be_judged_says_why(evaluation: dict[str, Any]) -> None:
    """The note of the evaluation; a missing headline without a note has words as well."""
    assert judge(evaluation, time_zone="UTC")[0].note == "one class only"
    assert (
        judge({"metrics": {"resolution": {}}}, time_zone="UTC")[0].note
        == "Nothing could be judged yet."
    )
    assert judge({}, time_zone="UTC") == []


def test_points_carry_their_sign() -> None:
    """A real minus sign, and a dash where there is no figure."""
    assert (points(-1.26), points(None)) == ("\N{MINUS SIGN}1.3 points", "\N{EN DASH}")


@pytest.fixture
def monthly_costs() -> Costs:
    """Penalties of two periods."""
    import pandas as pd

    return Costs("EUR", 1200.0, 900.0, 3000.0, (), pd.DataFrame({"amount": []}))


def _row(which: str, probability: float | None, *, late: bool = False) -> dict[str, Any]:
    return {
        "list": which,
        "group_id": "desk",
        "breach_probability": probability,
        "is_breached": late,
    }


def test_the_figures_it_reads_are_those_that_the_evaluation_documents() -> None:
    """Every key read from evaluation.json stands in docs/evaluation.md."""
    page = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text("utf-8")
    for key in ("data_digest", "metrics.<metric>.headline", "metrics.<metric>.note", "cutoff",
                "n_test_tickets", "censored_share_test", "all_observations.base_rate",
                "margins.over_best_baseline.<figure>.over", "snapshots.n_snapshots",
                "snapshots.base_share", "snapshots.models.<model>.top_tenth_share",
                "landmarks.<landmark>.reliability[].mean_probability",
                "landmarks.<landmark>.reliability[].breach_share", "rules[].share",
                "rules[].<alerts>.n_alerts", "rules[].<alerts>.precision",
                "rules[].<alerts>.recall", "rules[].<alerts>.lead_hours_median",
                "random_split.flattery"):  # fmt: skip
        assert f"| `{key}` |" in page, key
