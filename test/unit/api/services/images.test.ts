import { createImageSource } from '../../../../src/api/services/images';
import type { ImageCatalogue } from '../../../../src/domain/images/catalogue';
import type { ImageChoice } from '../../../../src/domain/lab-plan';
import type { ImageRepository } from '../../../../src/registry/image-repository';
import { aCatalogue, imageDefaults, noFilter, noFilters } from '../../../support/image-catalogue';

const CATALOGUE = aCatalogue({
  recommended: 'sha256:2',
  w_2077_43: 'sha256:2',
  w_2077_42: null,
  w_2077_41: null,
  d_2077_10_01: 'sha256:5',
});

/** Older than a week in a minute, and not yet. */
const NOW = Date.parse('2077-10-07T23:59:30Z');

let known: ImageCatalogue;
/** What the registry has now; an error when it is away. */
let served: Record<string, string> | Error;
let questions: string[];

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  known = CATALOGUE;
  served = { w_2077_42: 'sha256:42' };
  questions = [];
});

afterEach(() => jest.useRealTimers());

function answer<Answer>(
  question: string,
  from: (digests: Record<string, string>) => Answer,
): Promise<Answer> {
  questions.push(question);
  return served instanceof Error ? Promise.reject(served) : Promise.resolve(from(served));
}

const registry: ImageRepository = {
  registry: CATALOGUE.registry,
  repository: CATALOGUE.repository,
  listTags: () => Promise.reject(new Error('a choice must not list tags')),
  deleteDigests: () => Promise.reject(new Error('a choice must not delete')),
  digestOf: (tag) => answer(`digest of ${tag}`, (digests) => digests[tag] ?? null),
  hasDigest: (digest) => answer(`has ${digest}`, (digests) => Object.values(digests).includes(digest)),
};

function aSource(connect: () => ImageRepository | null = () => registry) {
  const settings = {
    images: { ...imageDefaults, source: { type: 'docker' as const } },
    dropdownMenu: { ...noFilters, daily: { ...noFilter, ageMs: 7 * 86_400_000 } },
  };
  return createImageSource({ settings, catalogue: async () => known, connect });
}

const tagged = (tag: string): ImageChoice => ({ field: 'image_tag', tag });
const listed = (rest: string): ImageChoice => ({
  field: 'image_list',
  reference: `reg.example/lab/sketch:${rest}`,
});

test('an image that is prepulled is resolved without asking the registry', async () => {
  served = new Error('away');

  expect(await aSource().resolve({ field: 'image_class', imageClass: 'recommended' })).toEqual({
    reference: 'reg.example/lab/sketch:recommended@sha256:2',
    name: 'Recommended (Weekly 2077_43)',
    digest: 'sha256:2',
  });
  expect(questions).toEqual([]);
});

test('of any other tag the digest is read at each spawn, since tags move', async () => {
  const source = aSource();
  await source.resolve(tagged('w_2077_42'));
  served = { w_2077_42: 'sha256:43' };

  expect(await source.resolve(tagged('w_2077_42'))).toMatchObject({
    reference: 'reg.example/lab/sketch:w_2077_42@sha256:43',
    digest: 'sha256:43',
  });
  expect(questions).toEqual(['digest of w_2077_42', 'digest of w_2077_42']);
});

test('a tag that has gone since the last refresh is unknown', async () => {
  served = {};

  await expect(aSource().resolve(tagged('w_2077_42'))).rejects.toMatchObject({
    code: 'unknown_image',
    message: 'Docker tag "w_2077_42" not found',
    location: ['body', 'options', 'image_tag'],
  });
});

test('a digest that the tag does not have is taken if the registry serves it', async () => {
  served = { other: 'sha256:41' };

  expect(await aSource().resolve(listed('w_2077_41@sha256:41'))).toMatchObject({
    reference: 'reg.example/lab/sketch:w_2077_41@sha256:41',
  });
  await expect(aSource().resolve(listed('w_2077_41@sha256:40'))).rejects.toMatchObject({
    code: 'unknown_image',
    message: 'Docker reference "reg.example/lab/sketch:w_2077_41@sha256:40" not found',
    location: ['body', 'options', 'image_list'],
  });
  expect(questions).toEqual(['has sha256:41', 'has sha256:40']);
});

test('a choice that is not on offer is refused at its field without asking the registry', async () => {
  await expect(aSource().resolve(tagged('none'))).rejects.toMatchObject({
    code: 'unknown_image',
    location: ['body', 'options', 'image_tag'],
  });
  expect(questions).toEqual([]);
});

describe.each([
  ['a tag', tagged('w_2077_42')],
  ['a digest', listed('w_2077_41@sha256:41')],
])('when %s must be asked for', (_, choice) => {
  test('when an image must be asked for and the registry is away, another image can be chosen', async () => {
    served = new Error('connection to swordfish refused');
    const refusal = await aSource()
      .resolve(choice)
      .catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: 'images_unavailable', cause: served });
    expect((refusal as Error).message).toContain('choose another image');
    expect((refusal as Error).message).not.toContain('swordfish');
  });

  test('when an image must be asked for and the credentials cannot be read, the next request tries again', async () => {
    let isReadable = false;
    const source = aSource(() => {
      if (isReadable) return registry;
      throw new Error('credentials cannot be understood');
    });
    await expect(source.resolve(choice)).rejects.toMatchObject({ code: 'images_unavailable' });
    isReadable = true;
    served = { w_2077_42: 'sha256:41' };

    expect(await source.resolve(choice)).toMatchObject({ digest: 'sha256:41' });
  });

  test('when an image must be asked for and another repository is configured than was refreshed, that one is not asked', async () => {
    const source = aSource(() => ({ ...registry, repository: 'lab/other' }));

    await expect(source.resolve(choice)).rejects.toMatchObject({ code: 'images_unavailable' });
    expect(questions).toEqual([]);
  });
});

test('an offer is made once of the same catalogue, and anew of another', async () => {
  const source = aSource();
  const first = await source.offer();
  expect(await source.offer()).toBe(first);
  known = aCatalogue({ recommended: 'sha256:7' });

  expect((await source.offer()).recommended?.digest).toBe('sha256:7');
});

test('images grow too old for the drop-down while nothing is published', async () => {
  const source = aSource();
  const dailies = async () => (await source.offer()).dropdown.filter(({ name }) => name.startsWith('Daily'));
  expect(await dailies()).toHaveLength(1);
  jest.setSystemTime(NOW + 61_000);

  expect(await dailies()).toHaveLength(0);
});

test('while nothing is known, there is neither offer nor image', async () => {
  const settings = {
    images: { ...imageDefaults, source: { type: 'docker' as const } },
    dropdownMenu: noFilters,
  };
  const error = new Error('nothing is known');
  const source = createImageSource({
    settings,
    catalogue: () => Promise.reject(error),
    connect: () => registry,
  });

  await expect(source.offer()).rejects.toBe(error);
  await expect(source.resolve(tagged('w_2077_43'))).rejects.toBe(error);
});

test('a fixed list needs neither catalogue nor registry', async () => {
  const reference = 'registry.test/lab:a';
  const images = [{ name: 'A', reference }];
  const source = createImageSource({
    settings: {
      images: { ...imageDefaults, source: { type: 'static', images, recommended: 'A' } },
      dropdownMenu: noFilters,
    },
    catalogue: () => Promise.reject(new Error('nothing is known')),
    connect: () => null,
  });

  expect(await source.resolve({ field: 'image_list', reference })).toEqual({
    name: 'A',
    reference,
    digest: null,
  });
});
