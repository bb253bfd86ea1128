"""A server that acts by script, for dry runs: every served kind can be pointed at it. No model.

It is also the reference of the `custom_http` contract: what `/generate` and `/structured_generate` take and answer.
"""

from shortlist_providers.fake_server.play import Faults, Pace, Play, ServedFault
from shortlist_providers.fake_server.server import FakeServer, LogLine

__all__ = ["FakeServer", "Faults", "LogLine", "Pace", "Play", "ServedFault"]
