"""Icons and words for variation and assurance. The icons are ours; their shapes differ, so that colour is never the only sign."""

from __future__ import annotations

from markupsafe import Markup

from reporting.variation import FEWEST_POINTS, RUN, Assurance, Dot, Rule, Sign, Variation

_FRAME = '<svg class="icon {kind}" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">{drawn}</svg>'
_UP, _DOWN = "M12 5l6 7h-4v7h-4v-7H6z", "M12 19l-6-7h4V5h4v7h4z"
_OUTLINES = {
    Sign.BETTER: '<circle cx="12" cy="12" r="11"/>',
    Sign.WORSE: '<path d="M12 0l12 12-12 12L0 12z"/>',
    Sign.UNUSUAL: '<path d="M1 1h22v22H1z"/>',
}
_WAVE = '<circle class="hollow" cx="12" cy="12" r="10.5"/><path class="stroke" d="M4 12q2-6 4 0t4 0 4 0 4 0"/>'
_ASSURANCES = {
    Assurance.ALWAYS: '<circle cx="12" cy="12" r="11"/><path class="mark stroke" d="M6 12l4 5 8-10"/>',
    Assurance.SOMETIMES: '<circle class="hollow" cx="12" cy="12" r="10.5"/><path d="M12 1.5a10.5 10.5 0 0 1 0 21z"/>',
    Assurance.NEVER: '<path d="M1 1h22v22H1z"/><path class="mark stroke" d="M7 7l10 10M17 7L7 17"/>',
}
_SIGNS = {Sign.USUAL: "No unusual change", Sign.BETTER: "Better than usual", Sign.WORSE: "Worse than usual", Sign.UNUSUAL: "Unusual"}
_RULES = {
    (Rule.OUTSIDE, True): "above the upper limit",
    (Rule.OUTSIDE, False): "below the lower limit",
    (Rule.TREND, True): f"{RUN} months or more of rising figures",
    (Rule.TREND, False): f"{RUN} months or more of falling figures",
    (Rule.NEAR_LIMIT, True): "two of three months near the upper limit",
    (Rule.NEAR_LIMIT, False): "two of three months near the lower limit",
    (Rule.SHIFT, True): f"{RUN} months or more above the average",
    (Rule.SHIFT, False): f"{RUN} months or more below the average",
}
_PROMISES = {
    Assurance.ALWAYS: "Will meet the target if nothing changes",
    Assurance.SOMETIMES: "May or may not meet the target",
    Assurance.NEVER: "Will not meet the target unless something changes",
}
TOO_SHORT = f"Fewer than {FEWEST_POINTS} months, so no limits"


def sign_words(found: Variation) -> str:
    """What the latest month says: "Worse than usual: above the upper limit"."""
    if found.sign is None:
        return TOO_SHORT
    return _SIGNS[found.sign] + (f": {_RULES[found.rule, found.is_up]}" if found.rule else "")


def rule_words(dot: Dot) -> str:
    """Which rule names a month: "above the upper limit". Empty if none does."""
    return _RULES[dot.rule, dot.is_up] if dot.rule else ""


def sign_icon(found: Variation) -> Markup:
    """The icon of the latest month. Empty if there are too few months. Words stand beside it."""
    if found.sign is None:
        return Markup("")
    if found.sign is Sign.USUAL:
        return _icon("usual", _WAVE)
    return _icon(found.sign.value, f'{_OUTLINES[found.sign]}<path class="mark" d="{_UP if found.is_up else _DOWN}"/>')


def assurance_words(found: Variation) -> str:
    """Whether the process will meet its target. Empty if it has none, or too few months."""
    return _PROMISES[found.assurance] if found.assurance else ""


def assurance_icon(found: Variation) -> Markup:
    """The icon of assurance. Empty if there is none."""
    return _icon(found.assurance.value, _ASSURANCES[found.assurance]) if found.assurance else Markup("")


def _icon(kind: str, drawn: str) -> Markup:
    return Markup(_FRAME.format(kind=kind, drawn=drawn))
