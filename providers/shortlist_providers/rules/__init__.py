r"""A deterministic generator without any model: the embedded default, the last fallback, the floor to beat.

    lines -> sections -> roles, education, skills  (resume)     \\
                                                                 evidence, scores, writing -> package
    lines -> weighed sentences (advert) -> ranked keywords      /
"""

from shortlist_providers.rules.provider import Rules, RulesConfig

__all__ = ["Rules", "RulesConfig"]
