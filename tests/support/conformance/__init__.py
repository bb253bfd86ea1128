"""What every provider kind must do, put to each kind by one suite of tests (tests/conformance).

    situation   one of the things that happen to a backend: a long prompt, a wrong key, a server that dies …
    subject     a kind with a backend behind it: `openai_compatible` on the scripted server, `llama_cpp` on a real model
    oracle      where the right answer comes from

A test exists for each subject and situation that mean something together; for the others the subject gives a reason.

    python -m support.conformance      (from tests/) prints who is put to what, by which oracle, and the reasons
"""

from support.conformance.subject import Backend, Place, Question, Situation, Subject

__all__ = ["Backend", "Place", "Question", "Situation", "Subject"]
