"""Parser of ``WWW-Authenticate`` headers (RFC 9110)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = r"[\w!#$%&'*+.^`|~-]+"
_SEPARATORS = re.compile(r'[\s,]*')
_NAME = re.compile(_WORD)
_TOKEN68 = re.compile(r'[ \t]+[\w.~+/-]+=*(?=[ \t]*(?:,|$))')
_VALUE = re.compile(rf'[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))')


@dataclass(frozen=True)
class Challenge:
    """One challenge of a ``WWW-Authenticate`` header; scheme and parameter names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(header: str) -> list[Challenge]:
    """Parses the challenges of a header up to the first syntax error."""
    challenges: list[tuple[str, dict[str, str]]] = []
    position = 0
    while True:
        separators = _SEPARATORS.match(header, position)
        position = separators.end() if separators else position
        name = _NAME.match(header, position)
        if not name:
            return [Challenge(scheme, parameters) for scheme, parameters in challenges]
        position = name.end()
        value = _VALUE.match(header, position)
        if value and challenges:
            text = re.sub(r'\\(.)', r'\1', value[1]) if value[1] is not None else value[2]
            challenges[-1][1][name[0].lower()] = text
        elif not value:
            challenges.append((name[0].lower(), {}))
            value = _TOKEN68.match(header, position)
        position = value.end() if value else position


def explain_refusal(header: str | None) -> str | None:
    """Text of a bearer challenge: `token lacks required scope (insufficient_scope, needs x)`."""
    bearers = (challenge for challenge in parse_challenges(header or '') if challenge.scheme == 'bearer')
    parameters = next((bearer.parameters for bearer in bearers if bearer.parameters), {})
    error, scope = parameters.get('error'), parameters.get('scope')
    description = (parameters.get('error_description') or '').strip().rstrip('.')
    notes = [note for note in (error, f'needs {scope}' if scope else None) if note]
    if not description:
        return ', '.join(notes) or None
    text = description[0].lower() + description[1:]
    return f'{text} ({", ".join(notes)})' if notes else text
