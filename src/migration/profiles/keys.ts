import { pathText } from '../../config/diagnostics';
import type { Outcome, ReportLine } from '../report';
import { isKeyed, type Placed, partAt } from '../values/placed';
import { type GivenAmounts, isReadable } from './amounts';

type Said = readonly [outcome: Outcome, to: string | null, advice: string | null];

const ALIKE = 'is the same for all labs of a controller';

const apart = (to: string): Said => ['decide', to, ALIKE];

const SIZE: Said = ['renamed', 'lab.sizes', null];

/** What becomes of KubeSpawner's settings of single profiles. */
const OVERRIDES: ReadonlyMap<string, Said> = new Map<string, Said>([
  ['image', ['renamed', 'images.source.images', null]],
  ['cpu_limit', SIZE],
  ['cpu_guarantee', SIZE],
  ['mem_limit', SIZE],
  ['mem_guarantee', SIZE],
  ['image_pull_policy', ['ignored', null, 'images are pulled onto nodes beforehand']],
  ['image_pull_secrets', apart('lab.pullSecret')],
  ['environment', apart('lab.env')],
  ['node_selector', apart('lab.nodeSelector')],
  ['tolerations', apart('lab.tolerations')],
  ['node_affinity_preferred', apart('lab.affinity')],
  ['node_affinity_required', apart('lab.affinity')],
  ['volumes', apart('lab.volumes')],
  ['volume_mounts', apart('lab.volumeMounts')],
  ['init_containers', apart('lab.initContainers')],
  ['extra_annotations', apart('lab.extraAnnotations')],
  ['extra_labels', apart('lab.labels')],
  ['cmd', apart('lab.labStartCommand')],
  ['args', apart('lab.labStartCommand')],
  ['start_timeout', apart('lab.spawnTimeout')],
  ['default_url', ['decide', 'c.Spawner.default_url', 'is the same for all labs of a hub']],
  ['http_timeout', ['decide', 'c.Spawner.http_timeout', 'is the same for all labs of a hub']],
  [
    'extra_resource_limits',
    ['decide', null, 'labs have CPU and memory only: no GPUs and other resources of nodes'],
  ],
  [
    'extra_resource_guarantees',
    ['decide', null, 'labs have CPU and memory only: no GPUs and other resources of nodes'],
  ],
  ['service_account', ['decide', null, 'labs have no access to Kubernetes']],
  ['uid', ['decide', null, 'IDs of users come with their identity (`auth`)']],
  ['gid', ['decide', null, 'IDs of users come with their identity (`auth`)']],
  ['fs_gid', ['decide', null, 'IDs of users come with their identity (`auth`)']],
]);

const NO_COUNTERPART: Said = ['decide', null, 'has no counterpart for single profiles'];

/** What becomes of the keys of a profile, of an option, and of a choice. */
const KEYS: ReadonlyMap<string, Said> = new Map<string, Said>([
  ['display_name', ['renamed', 'images.source.images', 'as part of the name']],
  ['default', ['renamed', 'images.source.recommended, lab.defaultSize', null]],
  ['slug', ['ignored', null, 'images are known by their names']],
  ['description', ['ignored', null, 'users see names only']],
]);

const NOT_OFFERED =
  'users choose from the list: to let them choose any tag of one repository, use `images.source.type: docker`';

/** A line for every key of a profile at a path. */
export function profileLines(profile: Placed, path: readonly PropertyKey[]): ReportLine[] {
  if (!isKeyed(profile.value))
    return [line(path, profile, ['decide', null, 'is no mapping and is left out'])];
  return [...profile.parts].flatMap(([key, part]) =>
    key === 'profile_options' && isKeyed(part.value)
      ? [...part.parts].flatMap(([option, inner]) => optionLines(inner, [...path, key, option]))
      : keyLines(key, part, [...path, key]),
  );
}

function optionLines(option: Placed, path: readonly PropertyKey[]): ReportLine[] {
  return [...option.parts].flatMap(([key, part]) => {
    if (key === 'choices' && isKeyed(part.value)) {
      return [...part.parts].flatMap(([name, choice]) => choiceLines(choice, [...path, key, name]));
    }
    const isFree = key === 'unlisted_choice' && isKeyed(part.value) && part.value['enabled'] === true;
    if (isFree) return [line([...path, key], part, ['decide', null, NOT_OFFERED])];
    return [line([...path, key], part, ['ignored', null, 'image and size are asked for by fixed fields'])];
  });
}

/** The name of a choice is part of an image's name where the choice says which image it is. */
function choiceLines(choice: Placed, path: readonly PropertyKey[]): ReportLine[] {
  const hasImage = partAt(choice, ['kubespawner_override', 'image']) !== undefined;
  return [...choice.parts].flatMap(([key, part]) =>
    key === 'display_name' && !hasImage
      ? [line([...path, key], part, ['ignored', null, 'sizes have fixed names'])]
      : keyLines(key, part, [...path, key]),
  );
}

function keyLines(key: string, part: Placed, path: readonly PropertyKey[]): ReportLine[] {
  if (key === 'kubespawner_override' && isKeyed(part.value)) {
    return [...part.parts].map(([name, value]) => line([...path, name], value, overrideSaid(name, value)));
  }
  return [line(path, part, KEYS.get(key) ?? NO_COUNTERPART)];
}

function overrideSaid(name: string, { value }: Placed): Said {
  const said = OVERRIDES.get(name) ?? NO_COUNTERPART;
  const isUnreadable = said === SIZE && !isReadable(name as keyof GivenAmounts, value);
  return isUnreadable ? ['decide', 'lab.sizes', 'is no amount that can be read, and is left out'] : said;
}

const line = (path: readonly PropertyKey[], { at }: Placed, [outcome, to, advice]: Said): ReportLine => ({
  path: pathText(path),
  at,
  outcome,
  to,
  advice,
});
