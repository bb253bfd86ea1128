"""The stages in order: plan, run, score, compare, gate, report. Each can be entered again from its files."""

from shortlist.pipeline.contamination import look_for_contamination, refuse_contaminated
from shortlist.pipeline.generate import ShowProgress, generate
from shortlist.pipeline.judge import compare_runs, compare_stage, gate_stage, refuse_unscorable, score_stage
from shortlist.pipeline.opening import RunOptions, plan_run
from shortlist.pipeline.render import report_stage
from shortlist.pipeline.whole import rejudge, run_suite
from shortlist.pipeline.workspace import Workspace, open_workspace

__all__ = [
    "RunOptions",
    "ShowProgress",
    "Workspace",
    "compare_runs",
    "compare_stage",
    "gate_stage",
    "generate",
    "look_for_contamination",
    "open_workspace",
    "plan_run",
    "refuse_contaminated",
    "refuse_unscorable",
    "rejudge",
    "report_stage",
    "run_suite",
    "score_stage",
]
