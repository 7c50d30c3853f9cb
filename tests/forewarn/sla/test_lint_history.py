"""Policies beside the tickets there were."""

from lint_cases import HOUR, REST, config, looked_over, ticket, told
from sla_tables import make_tables

from forewarn.config import Config
from forewarn.sla.lint import lint_policies


def test_a_value_that_never_occurs_is_told_with_the_nearest() -> None:
    """Prioritee is near to priority, twice there, and to priorities; phone is there."""
    policy = {"name": "p", "when": {"type": ["prioritee", "x"], "channel": "phone"},
              "targets": {"resolution": "8h"}}  # fmt: skip
    tickets = [ticket("a", type="priority", channel="phone"), ticket("b", type="priority"),
               ticket("c", type="Priorities")]  # fmt: skip
    found = looked_over(config(policy, REST), tickets)
    assert told(found, "never-occurs") == [
        ("warning", "p", "type 'prioritee' never occurs"), ("warning", "p", "type 'x' never occurs")
    ]  # fmt: skip
    near, far = (f for f in found.findings if f.code == "never-occurs")
    assert near.why == (
        "In the history the nearest are 'Priorities' (1 ticket), 'priority' (2 tickets)."
    )
    assert far.why == "In the history there are 'priority' (2 tickets), 'Priorities' (1 ticket)."


def test_a_value_that_a_ticket_got_later_occurs() -> None:
    """Urgent came with an event; so did the group. Nobody was ever critical."""
    targets = {"resolution": {"urgent": "1h", "critical": "30m", "default": "8h"}}
    policy = {"name": "p", "when": {"group_id": "net"}, "targets": targets}
    events = [
        {"ticket_id": "a", "occurred_at": HOUR, "kind": "priority_changed", "to_value": "urgent"},
        {"ticket_id": "a", "occurred_at": HOUR, "kind": "group_changed", "to_value": "net"},
    ]
    found = looked_over(config(policy, REST), [ticket("a", priority="low")], events)
    assert told(found, "never-occurs") == [("warning", "p", "priority 'critical' never occurs")]


def test_limits_that_no_customer_comes_to_are_told_with_the_range() -> None:
    """Contracts were worth 100 to 900; above 1,000 there was none."""
    large = {"name": "large", "when": {"contract_value": {"above": 1000}},
             "targets": {"resolution": "8h"}}  # fmt: skip
    customers = [
        {"customer_id": c, "occurred_at": 0, "contract_value": v}
        for c, v in (("C", 100.0), ("D", 900.0))
    ]
    found = looked_over(config(large, REST), [ticket("a", customer_id="C")], (), customers)
    assert told(found, "never-so") == [("warning", "large", "no contract_value is above 1000")]
    (why,) = (f.why for f in found.findings if f.code == "never-so")
    assert why == "In the history the values lie between 100 and 900."


def test_tickets_that_two_policies_match_are_counted() -> None:
    """Of three by phone two are of product x: those go to the first."""
    first = {"name": "x", "when": {"product": "x"}, "targets": {"resolution": "8h"}}
    second = {"name": "phone", "when": {"channel": "phone"}, "targets": {"resolution": "8h"}}
    tickets = [
        ticket("a", product="x", channel="phone"), ticket("b", product="x", channel="phone"),
        ticket("c", product="x", channel="web"), ticket("d", channel="phone"),
        ticket("e", channel="web"),
    ]  # fmt: skip
    found = looked_over(config(first, second, REST), tickets)
    (overlap,) = (f for f in found.findings if f.code == "overlap")
    assert (overlap.policy, overlap.n_tickets, overlap.share) == ("phone", 2, 2 / 3)
    assert overlap.what == "shares 2 tickets with x, which stands before it"
    (rest,) = (f for f in found.findings if f.code == "takes-the-rest")
    assert (rest.policy, rest.n_tickets, rest.share) == ("rest", 1, 0.8)
    assert not found.has_errors


def test_a_policy_that_gets_nothing_of_the_history_is_warned_of() -> None:
    """All phone tickets were of product x; nobody came by fax."""
    first = {"name": "x", "when": {"product": "x"}, "targets": {"resolution": "8h"}}
    second = {"name": "phone", "when": {"channel": "phone"}, "targets": {"resolution": "8h"}}
    third = {"name": "fax", "when": {"channel": "fax"}, "targets": {"resolution": "8h"}}
    found = looked_over(config(first, second, third, REST),
                        [ticket("a", product="x", channel="phone")])  # fmt: skip
    assert told(found, "won-none", "matched-none") == [
        ("warning", "phone", "gets no ticket of the history"),
        ("warning", "fax", "matches no ticket of the history"),
        ("warning", "rest", "gets no ticket of the history"),
    ]


def test_dates_at_which_there_was_no_history_are_warned_of() -> None:
    """The tickets are of the first day of 1970: ended at its first instant, begins a day later."""
    past = {**REST, "name": "past", "valid_until": "1970-01-01T00:00Z"}
    now = {**REST, "name": "now", "valid_until": "1970-01-01T00:00:00.000001Z"}
    later = {**REST, "name": "later", "valid_from": "1970-01-02T00:00Z"}
    found = looked_over(config(past, now, later, REST), [ticket("a"), ticket("b", 23)])
    assert told(found, "not-in-force") == [
        ("warning", "past", "ended before the history begins"),
        ("warning", "later", "begins after the history ends"),
    ]


def test_tickets_without_a_promise_are_counted_with_their_priorities() -> None:
    """Three have no target, one no policy."""
    policy = {"name": "p", "when": {"channel": "web"}, "targets": {"resolution": {"1": "8h"}}}
    tickets = [ticket(n, channel="web", priority=p) for n, p in zip("abcd", "1223", strict=True)]
    found = looked_over(config(policy), [*tickets, ticket("e", priority="1")])
    assert told(found, "no-promise") == [
        ("warning", "p", "3 tickets without resolution clock"),
        ("warning", None, "1 ticket without resolution clock"),
    ]
    first = next(f for f in found.findings if f.code == "no-promise")
    assert first.why == "It has no target for them; their priorities: 2 (2), 3 (1)."


def test_a_column_that_is_not_there_is_an_error_with_and_without_data() -> None:
    """The history cannot be asked then; what the configuration shows is told all the same."""
    policy = {"name": "p", "when": {"plan": "gold"}, "targets": {"resolution": "8h"}}
    for tables in (make_tables([ticket("a")]), None):
        found = lint_policies(config(policy, REST, REST), tables)
        assert [(f.code, f.policy) for f in found.findings] == [
            ("unknown-column", "p"), ("repeated-name", "rest"), ("shadowed", "rest"),
        ]  # fmt: skip
        assert found.n_tickets is None
        assert found.figures.empty


def test_an_attribute_of_a_source_is_there_before_it_was_ingested() -> None:
    """Named in forewarn.yaml it may be looked at."""
    policy = {"name": "p", "when": {"plan": "gold"}, "targets": {"resolution": "8h"}}
    source = {"name": "t", "shape": "tickets", "path": "t.csv", "attributes": ["plan"]}
    settings = Config.model_validate({"sources": [source], "sla": {"policies": [policy]}})
    assert lint_policies(settings, None).findings == ()


def test_a_history_without_tickets_finds_nothing_to_count() -> None:
    """Values still never occur."""
    policy = {"name": "p", "when": {"channel": "web"}, "targets": {"resolution": "8h"}}
    found = looked_over(config(policy), [])
    assert [f.code for f in found.findings] == ["never-occurs"]
    assert found.findings[0].why == "In the history nothing stands in this column."
    assert found.n_tickets == 0
