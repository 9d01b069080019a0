"""A lab controller that does what a test says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    """A request that the controller has received."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


def event(
    name: str, message: str, progress: int | None = None, event_id: str | None = None, **extra: str
) -> str:
    data = {'message': message, **({} if progress is None else {'progress': progress}), **extra}
    lines = [f'id: {event_id}'] if event_id is not None else []
    return '\n'.join([*lines, f'event: {name}', f'data: {json.dumps(data)}', '', ''])


class Cut:
    """Breaks the connection."""


class Hang:
    """Says nothing any more and keeps the connection open."""


Part = str | bytes | Cut | Hang | asyncio.Event | Callable[[], None]


@dataclass
class ScriptedController:
    """Labs by username; event streams, one per connection, the last one again and again; other answers."""

    labs: dict[str, dict[str, Any]] = field(default_factory=dict)
    streams: list[list[Part]] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    url: str = ''
    # What becomes of a lab once its creation is accepted.
    created: dict[str, Any] = field(default_factory=lambda: {'status': 'pending', 'internal_url': None})

    def requests(self, method: str, suffix: str = '') -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method and seen.path.endswith(suffix)]

    def answer(self, kind: str, *answers: Answer) -> None:
        """Answers the next requests of a kind: create, read, delete, events or form."""
        self.answers.setdefault(kind, []).extend(answers)

    def application(self) -> web.Application:
        app = web.Application()
        base = '/nublado/spawner/v1'
        app.router.add_post(base + '/labs/{user}/create', self._handler('create', self._create))
        app.router.add_get(base + '/labs/{user}/events', self._handler('events', self._events))
        app.router.add_get(base + '/labs/{user}', self._handler('read', self._read))
        app.router.add_delete(base + '/labs/{user}', self._handler('delete', self._delete))
        app.router.add_get(base + '/lab-form/{user}', self._handler('form', self._form))
        return app

    def _handler(self, kind: str, usual: Answer) -> Answer:
        async def handle(request: web.Request) -> web.StreamResponse:
            text = await request.text()
            body = json.loads(text) if text else None
            self.seen.append(
                Seen(request.method, request.path, request.query_string, request.headers.copy(), body)
            )
            scripted = self.answers.get(kind)
            return await (scripted.pop(0) if scripted else usual)(request)

        return handle

    async def _create(self, request: web.Request) -> web.StreamResponse:
        user = request.match_info['user']
        if user in self.labs:
            return await error(409, 'lab_exists', f'Lab already exists for {user}')(request)
        self.labs[user] = dict(self.created)
        return web.json_response(None, status=201)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        user = request.match_info['user']
        if user not in self.labs:
            return await error(404, 'unknown_user', f'Unknown user {user}')(request)
        return web.json_response(self.labs[user])

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        user = request.match_info['user']
        if self.labs.pop(user, None) is None:
            return await error(404, 'unknown_user', f'Unknown user {user}')(request)
        return web.Response(status=204)

    async def _form(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text='<select name="size"></select>', content_type='text/html')

    async def _events(self, request: web.Request) -> web.StreamResponse:
        parts = self.streams.pop(0) if len(self.streams) > 1 else self.streams[0]
        response = web.StreamResponse(headers={'Content-Type': 'text/event-stream'})
        await response.prepare(request)
        for part in parts:
            match part:
                case str():
                    await response.write(part.encode())
                case bytes():
                    await response.write(part)
                case asyncio.Event():
                    await part.wait()
                case Cut():
                    cut(request)
                    return response
                case Hang():
                    await asyncio.Event().wait()
                case _:
                    part()
        return response


def cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


def error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        body = {'detail': [{'msg': message, 'type': kind}]}
        return web.json_response(body, status=status, headers=headers)

    return answer


def plain(status: int, text: str = '', headers: Mapping[str, str] | None = None) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    return answer


async def broken(request: web.Request) -> web.StreamResponse:
    """Breaks the connection instead of answering."""
    cut(request)
    return web.Response()


async def silent(request: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    return web.Response()
