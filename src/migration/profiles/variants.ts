import { isKeyed, type Placed } from '../values/placed';

/** Most variants of all profiles together. */
export const MAX_VARIANTS = 500;

/** One way to start a lab: a profile with a choice of each of its options. */
export interface Variant {
  /** What users see of the profile, and of choices that change the image. */
  readonly name: string;
  /** Whether it is chosen in the form at first. */
  readonly isDefault: boolean;
  /** KubeSpawner's settings by name, those of choices first. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

interface Choice {
  readonly name: string;
  readonly isDefault: boolean;
  readonly overrides: Readonly<Record<string, unknown>>;
}

const keysOf = (value: unknown): Record<string, unknown> => (isKeyed(value) ? value : {});

const textOr = (value: unknown, standard: string): string =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : standard;

/** The variants of all profiles, at most `MAX_VARIANTS`. The first profile is the default if none says that it is. */
export function variantsOf(profiles: readonly Placed[]): {
  variants: readonly Variant[];
  isComplete: boolean;
} {
  const given = profiles.map(({ value }) => keysOf(value));
  const chosen = Math.max(
    0,
    given.findIndex((profile) => profile['default'] === true),
  );
  const variants: Variant[] = [];
  let isComplete = true;
  for (const [index, profile] of given.entries()) {
    const room = MAX_VARIANTS - variants.length;
    const own = ofProfile(profile, index, index === chosen, room + 1);
    isComplete &&= own.length <= room;
    variants.push(...own.slice(0, room));
  }
  return { variants, isComplete };
}

function ofProfile(
  profile: Readonly<Record<string, unknown>>,
  index: number,
  isDefault: boolean,
  most: number,
): Variant[] {
  const name = textOr(profile['display_name'], textOr(profile['slug'], `Profile ${index + 1}`));
  const start = { name, isDefault, overrides: keysOf(profile['kubespawner_override']) };
  let variants: Variant[] = [start];
  for (const option of Object.values(keysOf(profile['profile_options']))) {
    const choices = choicesOf(keysOf(option));
    if (choices.length === 0) continue;
    variants = combined(variants, choices, most);
  }
  return variants;
}

/** Every variant with every choice, at most so many. */
function combined(variants: readonly Variant[], choices: readonly Choice[], most: number): Variant[] {
  const all: Variant[] = [];
  for (const variant of variants) {
    const room = most - all.length;
    all.push(...choices.slice(0, room).map((choice) => chosenIn(variant, choice)));
  }
  return all;
}

function choicesOf(option: Readonly<Record<string, unknown>>): Choice[] {
  const choices = Object.entries(keysOf(option['choices'])).map(
    ([key, value]) => [key, keysOf(value)] as const,
  );
  const chosen = Math.max(
    0,
    choices.findIndex(([, choice]) => choice['default'] === true),
  );
  return choices.map(([key, choice], index) => ({
    name: textOr(choice['display_name'], key),
    isDefault: index === chosen,
    overrides: keysOf(choice['kubespawner_override']),
  }));
}

const chosenIn = ({ name, isDefault, overrides }: Variant, choice: Choice): Variant => ({
  name: choice.overrides['image'] === undefined ? name : `${name}, ${choice.name}`,
  isDefault: isDefault && choice.isDefault,
  overrides: { ...overrides, ...choice.overrides },
});
