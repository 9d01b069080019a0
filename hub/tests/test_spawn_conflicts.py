import asyncio

from conftest import World
from scripted_controller import error
from spawning import DONE, START, Spawning, eventually, spawned


async def test_a_lab_of_which_the_hub_knows_nothing_is_replaced(world: World) -> None:
    world.runs()
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[START, DONE]]

    spawning = await spawned(world)

    assert spawning.reports[0] == {'progress': 1, 'message': '[warning] Deleting existing orphaned lab'}
    assert [seen.method for seen in world.controller.seen][:3] == ['POST', 'DELETE', 'POST']


async def test_a_second_conflict_waits_for_the_other_operation_and_tries_once_more(world: World) -> None:
    conflict = error(409, 'operation_in_progress', 'Conflicting operation for rachel already in progress')
    go_on = asyncio.Event()
    world.controller.answer('create', conflict, conflict)
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[go_on], [DONE]]
    spawning = Spawning(world)
    await eventually(lambda: world.controller.requests('GET', '/events'))
    assert len(world.controller.requests('POST')) == 2

    go_on.set()

    assert not isinstance(await spawning.end(), Exception)
    assert len(world.controller.requests('POST')) == 3


async def test_a_third_conflict_is_an_error(world: World) -> None:
    conflict = error(409, 'lab_exists', 'Lab already exists for rachel')
    world.controller.answer('create', conflict, conflict, conflict)
    world.controller.streams = [[]]

    failure = await Spawning(world).end()

    assert failure.jupyterhub_message == 'Lab already exists for rachel'
