"""What is known of the judges themselves: their agreement with people, with themselves, and their price."""

from __future__ import annotations

from shortlist.results.base import Finite, Number, ResultModel


class JudgeResult(ResultModel):
    """One judge: a model that grades outputs by a rubric. Its grades are the metric `judge.<name>`."""

    kind: str
    """Of the provider that judges."""
    model: str | None
    against: str | None = None
    """The provider whose output each output is set beside; None where outputs are graded alone."""
    samples: int
    """Judgements of each output, in each of the two orders where outputs are set beside another."""
    contestants: tuple[str, ...] = ()
    """Providers of the run that are the same model: models tend to prefer what they wrote themselves."""
    judgements: int
    """Asked for, of outputs and of labelled examples."""
    failed: int
    """Of those, how many brought no grade."""
    cost: Number | None
    """USD of all judgements, those that were made anew since counted too; None when unknown."""
    why_no_cost: str | None = None
    same_when_swapped: Finite | None = None
    """Share of output pairs on which both orders gave the same answer; None where outputs are graded alone."""
    labels: int = 0
    """Labelled examples that it graded."""
    labels_agreed: int = 0
    """Of those, how many it graded as the label says."""
    kappa: Finite | None = None
    """Cohen's kappa (quadratic weights for grades, none for better/worse) between its grades and the labels."""
    kappa_low: Finite | None = None
    kappa_high: Finite | None = None
    why_no_kappa: str | None = None
    """None when there is one."""
