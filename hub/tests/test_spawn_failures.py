import json
import logging
from typing import Any

import pytest
from aiohttp import web as aiohttp_web

from conftest import ADMIN_TOKEN, USER_TOKEN, USERNAME, World
from scripted_controller import broken, error, event, plain
from spawning import DONE, START, Spawning


async def test_a_failed_spawn_tells_the_user_its_cause(world: World) -> None:
    failed = {'status': 'failed', 'internal_url': None, 'failure': None}
    world.controller.created = failed
    world.controller.streams = [
        [START, event('error', 'No node has room'), event('failed', 'Lab spawn failed')]
    ]

    spawning = Spawning(world)
    failure = await spawning.end()

    assert failure.jupyterhub_message == 'Lab spawn failed: No node has room'
    assert failure.status_code == 500
    assert spawning.messages[1:] == ['[error] No node has room', '[error] Lab spawn failed']
    assert world.controller.labs == {USERNAME: failed}, 'stays for those who look into it'


@pytest.mark.parametrize(
    ('status', 'kind'),
    [
        (403, 'permission_denied'),
        (403, 'insufficient_quota'),
        (400, 'unknown_image'),
        (422, 'invalid_lab_size'),
    ],
)
async def test_a_users_mistake_is_shown_and_logged_without_a_traceback(
    world: World, caplog: pytest.LogCaptureFixture, status: int, kind: str
) -> None:
    world.controller.answer('create', error(status, kind, '100 % of "x" is too much'))

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == '100 % of "x" is too much'
    assert type(failure).__mro__[1].__name__ == 'SpawnException'
    assert failure.status_code == status
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_refused_token_is_explained_by_what_the_ingress_says(world: World) -> None:
    challenge = (
        'Bearer realm="example.org", error="insufficient_scope", '
        'error_description="Token lacks required scope", scope="exec:notebook"'
    )
    world.controller.answer('create', plain(403, 'a page', {'WWW-Authenticate': challenge}))

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == (
        'Permission denied: token lacks required scope (insufficient_scope, needs exec:notebook)'
    )
    assert failure.status_code == 403


async def test_a_lab_without_an_address_is_no_success(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': 'javascript:alert(1)'}
    world.controller.streams = [[DONE]]

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == 'The lab runs, but the controller gives no usable address for it'


async def test_a_user_who_has_never_logged_in_is_told_to_do_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.user.save_auth_state(None)

    failure = await Spawning(world).end()

    assert failure.status_code == 403
    assert failure.jupyterhub_message == (
        'The user must log in to JupyterHub before a lab can be started for them.'
    )
    assert world.controller.requests('POST') == []
    assert not [record for record in caplog.records if record.exc_info]


async def test_problems_with_values_of_a_request_are_told_with_the_names_of_the_fields(world: World) -> None:
    async def answer(_request: Any) -> Any:
        details = [
            {'loc': ['body', 'options', 'size'], 'msg': 'Field required', 'type': 'missing'},
            {'loc': ['body', 'env', 0], 'msg': 'Bad', 'type': 'value_error'},
            {'loc': 'body', 'msg': 'Odd', 'type': 'x'},
        ]
        return aiohttp_web.json_response({'detail': details}, status=422)

    world.controller.answer('create', answer)

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == 'options.size: Field required; env.0: Bad; Odd'


async def test_what_is_far_too_long_for_an_error_is_not_read(world: World) -> None:
    world.controller.answer('create', plain(422, '{"detail": [{"msg": "' + 'x' * 2_000_000 + '"}]}'))

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == 'Unprocessable Entity'


async def test_neither_tokens_nor_the_environment_reach_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.app.log.setLevel(logging.DEBUG)

    async def echo(request: Any) -> Any:
        body = {'detail': [{'msg': 'bad', 'type': 'x', 'input': await request.json()}]}
        return await plain(422, json.dumps(body))(request)

    world.controller.answer('create', echo, plain(500, 'boom'), broken, broken, broken, broken)
    tokens = [ADMIN_TOKEN, USER_TOKEN]

    for _ in range(3):
        spawning = Spawning(world)
        await spawning.end()
    environment = world.controller.requests('POST')[0].body['env']
    tokens.append(environment['JUPYTERHUB_API_TOKEN'])

    assert len(environment['JUPYTERHUB_API_TOKEN']) > 20
    assert [token for token in tokens if token in caplog.text] == []
