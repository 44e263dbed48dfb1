"""Every clause that the program cites says what it asks for."""

from applications.models import Application
from applications.stages import Kind
from billing.deposit_kinds import KINDS
from waterservice import policies
from waterservice.clauses import CLAUSES
from waterservice.templatetags.shown import clause


def cited() -> set[str]:
    """The clauses of steps, tasks, checkpoints, clocks, policies and deposits."""
    found = {policy.clause for policy in policies.all_policies()} | set(KINDS)
    for request in Application.KINDS.values():
        for deed in request.deeds().values():
            found.add(deed.clause)
            found |= {rule.clause for rule in deed.rules}
        for step in request.steps().values():
            found |= {gate.clause for gate in step.checkpoints}
        found |= {stop.clock.clause for stop in request.route if stop.clock}
        found |= {anchored.rule.clause for anchored in request.route.anchored}
    return {name for name in found if name.startswith(tuple(kind.prefix for kind in Kind))}


def test_every_clause_that_is_cited_is_explained() -> None:
    assert cited()
    assert cited() <= set(CLAUSES)


def test_a_clause_tells_on_hover_what_it_asks_for() -> None:
    assert (
        clause("NC-4a")
        == '<abbr class="clause" title="The design office surveys the site within 7 working days.">NC-4a</abbr>'
    )
    assert clause("") == ""
