import pytest

from nublado_hub.events import EventParser, ServerSentEvent

STREAM = (
    b': ping\n'
    b'id: op.1\r\nevent: info\r\ndata: {"message": "\xc3\xa4"}\r\n\r\n'
    b': ping - now\n\n'
    b'data:first\rdata: second\r\r'
    b'id: op.2\n\n'
    b'event\nretry: 1\nunknown: x\ndata\n\n'
    b'event: cut off\ndata: x\n'
)
EVENTS = [
    ServerSentEvent('info', '{"message": "ä"}', 'op.1'),
    ServerSentEvent('message', 'first\nsecond', None),
    ServerSentEvent('message', '', None),
]


@pytest.mark.parametrize('size', [1, 2, 3, 5, 1000])
def test_events_are_the_same_however_the_bytes_are_cut(size: int) -> None:
    parser = EventParser()
    chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]

    assert [event for chunk in chunks for event in parser.feed(chunk)] == EVENTS


def test_a_line_without_an_end_is_given_up() -> None:
    parser = EventParser()

    with pytest.raises(ValueError, match='no end'):
        parser.feed(b'x' * 2_000_000)
