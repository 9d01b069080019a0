import { isImageReference } from '../../config/schema/images';
import { normalisedName } from '../../domain/images/image';
import { LAB_SIZES } from '../../domain/lab-plan';
import type { Report, ReportLine } from '../report';
import { isKeyed, type Placed } from '../values/placed';
import { type Amounts, completed, memoryText } from './amounts';
import { profileLines } from './keys';
import { profileListOf } from './list';
import { MAX_VARIANTS, type Variant, variantsOf } from './variants';

/** Names of sizes, smallest first; `custom` cannot be chosen. */
const NAMES = LAB_SIZES.filter((name) => name !== 'custom');

/** Up to so many sizes, the smallest is `small`. */
const FROM_SMALL = NAMES.length - NAMES.indexOf('small');

interface Image {
  readonly name: string;
  readonly reference: string;
}

/** A part of the configuration: the images and sizes that profiles come to. */
export interface ProfileConfiguration {
  readonly lab: Readonly<Record<string, unknown>>;
  readonly images?: Readonly<Record<string, unknown>>;
}

const note = (outcome: ReportLine['outcome'], to: string | null, advice: string): ReportLine => ({
  path: null,
  at: null,
  outcome,
  to,
  advice,
});

/**
 * Images and sizes that a list of KubeSpawner's profiles comes to, with a line for each key of the list. A profile is an image
 * together with amounts; here users choose both, each by itself.
 *
 * @throws UnusableFiles when there is no such list.
 */
export function convertProfiles(documents: readonly Placed[], file: string): Report<ProfileConfiguration> {
  const { profiles, path, singleuser } = profileListOf(documents, file);
  const lines = profiles.flatMap((profile, index) => profileLines(profile, [...path, index]));
  const { variants, isComplete } = variantsOf(profiles.filter(({ value }) => isKeyed(value)));
  const base = settingsOf(singleuser.value);
  const all = variants.map((variant) => ({ ...variant, overrides: { ...base, ...variant.overrides } }));
  const images = imagesOf(all);
  const sizes = sizesOf(all);
  if (!isComplete) {
    lines.push(
      note('decide', null, `there are more than ${MAX_VARIANTS} combinations: the others are left out`),
    );
  }
  const combinations = new Set(
    all.map((variant) => JSON.stringify([referenceOf(variant), sizeKey(variant)])),
  );
  if (images.list.length * sizes.list.length > combinations.size) {
    lines.push(
      note('note', null, 'users choose image and size by themselves: every image is offered in every size'),
    );
  }
  lines.push(
    ...images.lines,
    ...sizes.lines,
    note('note', 'lab', 'lacks namespacePrefix, volumes and volumeMounts'),
  );
  return {
    lines,
    result: {
      lab: {
        defaults: 'plain',
        sizes: sizes.list,
        ...(sizes.first === null ? {} : { defaultSize: sizes.first }),
      },
      ...(images.list.length === 0
        ? {}
        : { images: { source: { type: 'static', images: images.list, ...images.recommended } } }),
    },
  };
}

/** What Zero to JupyterHub sets for all labs, by KubeSpawner's names. */
function settingsOf(singleuser: unknown): Record<string, unknown> {
  const at = (section: string, key: string): unknown => {
    const holder: unknown = isKeyed(singleuser) ? singleuser[section] : undefined;
    return isKeyed(holder) ? (holder[key] ?? undefined) : undefined;
  };
  const [name, tag] = [at('image', 'name'), at('image', 'tag')];
  const settings = {
    image: typeof name === 'string' && typeof tag === 'string' && tag !== '' ? `${name}:${tag}` : name,
    cpu_limit: at('cpu', 'limit'),
    cpu_guarantee: at('cpu', 'guarantee'),
    mem_limit: at('memory', 'limit'),
    mem_guarantee: at('memory', 'guarantee'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The reference of a variant's image with registry and tag; null for none that the configuration takes. */
function referenceOf({ overrides: { image } }: Variant): string | null {
  const reference = typeof image === 'string' ? normalisedName(image.trim()) : '';
  return isImageReference(reference) ? reference : null;
}

/** The images of all variants, each once, under names of their own; the recommended one is that of the default. */
function imagesOf(variants: readonly Variant[]) {
  const byReference = new Map<string, string>();
  const unusable = new Set<string>();
  for (const variant of variants) {
    const reference = referenceOf(variant);
    if (reference === null) unusable.add(variant.name);
    else if (!byReference.has(reference)) byReference.set(reference, unique(variant.name, byReference));
  }
  const list = [...byReference].map(([reference, name]): Image => ({ name, reference }));
  const first = variants.find(({ isDefault }) => isDefault);
  const recommended = first && byReference.get(referenceOf(first) ?? '');
  const lines = [...unusable].map((name) =>
    note(
      'decide',
      'images.source.images',
      `${JSON.stringify(name)} has no image of the form registry/repository:tag`,
    ),
  );
  return { list, lines, recommended: recommended === undefined ? {} : { recommended } };
}

function unique(name: string, byReference: ReadonlyMap<string, string>): string {
  const taken = new Set(byReference.values());
  let [candidate, number] = [name, 1];
  while (taken.has(candidate)) {
    number += 1;
    candidate = `${name} (${number})`;
  }
  return candidate;
}

const sizeKey = ({ overrides }: Variant): string => JSON.stringify(completed(overrides).amounts);

const bySize = (a: Amounts, b: Amounts): number =>
  a.limits.memory - b.limits.memory ||
  a.limits.cpu - b.limits.cpu ||
  a.requests.memory - b.requests.memory ||
  a.requests.cpu - b.requests.cpu;

/** The sizes of all variants, each once, smallest first, under the names that the configuration knows. */
function sizesOf(variants: readonly Variant[]) {
  const byKey = new Map(variants.map((variant) => [sizeKey(variant), completed(variant.overrides)]));
  const sorted = [...byKey].toSorted(([, a], [, b]) => bySize(a.amounts, b.amounts));
  const names = sorted.length <= FROM_SMALL ? NAMES.slice(-FROM_SMALL) : NAMES.slice(-sorted.length);
  const named = sorted
    .slice(0, names.length)
    .map(([key, size], index) => ({ key, size, name: names[index] ?? '' }));
  const guesses = named.flatMap(({ size: { guessed }, name }) =>
    guessed.map((what) =>
      note('decide', 'lab.sizes', `${name} has an amount of ${what} that no profile gives: correct it`),
    ),
  );
  const others = sorted.length - named.length;
  const first = variants.find(({ isDefault }) => isDefault);
  return {
    list: named.map(({ name, size: { amounts } }) => ({ size: name, resources: written(amounts) })),
    first: named.find(({ key }) => first && key === sizeKey(first))?.name ?? null,
    lines: [
      ...guesses,
      ...(others > 0
        ? [note('decide', 'lab.sizes', `has ${names.length} names: the ${others} largest are left out`)]
        : []),
    ],
  };
}

const written = ({ limits, requests }: Amounts) => ({
  limits: { cpu: limits.cpu, memory: memoryText(limits.memory) },
  requests: { cpu: requests.cpu, memory: memoryText(requests.memory) },
});
