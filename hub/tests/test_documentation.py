import re
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitType
from traitlets.config import Configurable

from nublado_hub.authenticator import GafaelfawrAuthenticator
from nublado_hub.spawner import NubladoSpawner

README = Path(__file__).parent.parent / 'README.md'


@pytest.mark.parametrize('plugin', [NubladoSpawner, GafaelfawrAuthenticator])
def test_the_readme_lists_every_trait_with_its_default(plugin: type[Configurable]) -> None:
    section = README.read_text().split(f'Class `{plugin.__name__}`.')[1].split('\n## ')[0]
    documented = dict(re.findall(r'^\| `(\w+)` +\| (.*?) +\|', section, re.MULTILINE))

    traits = own_traits(plugin)
    assert documented == {name: shown(trait.default()) for name, trait in traits.items()}


def own_traits(plugin: type[Configurable]) -> dict[str, TraitType[Any, Any]]:
    traits = plugin.class_traits(config=True).items()
    return {name: trait for name, trait in traits if trait.this_class.__module__.startswith('nublado_hub.')}


def shown(value: object) -> str:
    match value:
        case '':
            return 'empty'
        case [*items]:
            return '`[' + ', '.join(f'"{item}"' for item in items) + ']`'
    return f'`{value}`'
