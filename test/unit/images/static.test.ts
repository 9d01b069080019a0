import type { ImageChoice } from '../../../src/domain/lab-options';
import { createStaticImageSource } from '../../../src/images/static';

const pinned = { name: 'Weekly 2024_1', reference: 'reg.example/lab/sketch:w_2024_1@sha256:1111' };
const moving = { name: 'Latest', reference: 'reg.example/lab/sketch:latest' };
const other = { name: 'Other', reference: 'other.example/tool:latest@sha256:2222' };

const source = createStaticImageSource([pinned, moving, other], 'Latest');

const listed = (reference: string): ImageChoice => ({ field: 'image_list', reference });

const asImage = ({ name, reference }: typeof pinned) => ({
  name,
  reference,
  digest: reference.split('@')[1] ?? null,
});

test.each([
  ['its reference', listed(pinned.reference), pinned],
  ['its reference without a digest', listed('reg.example/lab/sketch:w_2024_1'), pinned],
  ['its digest', listed('reg.example/lab/sketch@sha256:1111'), pinned],
  ['its digest under another tag', listed('reg.example/lab/sketch:recommended@sha256:1111'), pinned],
  ['a reference that has no digest', listed(moving.reference), moving],
  ['a drop-down value', { field: 'image_dropdown', reference: other.reference } as const, other],
  ['its tag', { field: 'image_tag', tag: 'w_2024_1' } as const, pinned],
  ['a tag that several have', { field: 'image_tag', tag: 'latest' } as const, moving],
  ['the recommended class', { field: 'image_class', imageClass: 'recommended' } as const, moving],
])('an image is found by %s', async (_, choice, image) => {
  await expect(source.resolve(choice)).resolves.toEqual(asImage(image));
});

test.each<[string, ImageChoice, string, string]>([
  [
    'another registry',
    listed('x.example/lab/sketch:latest'),
    'unknown_image',
    'Docker reference "x.example/lab/sketch:latest" not found',
  ],
  [
    'another repository',
    listed('reg.example/lab:latest'),
    'unknown_image',
    'Docker reference "reg.example/lab:latest" not found',
  ],
  [
    'another tag',
    listed('reg.example/lab/sketch:old'),
    'unknown_image',
    'Docker reference "reg.example/lab/sketch:old" not found',
  ],
  [
    'a known tag with another digest',
    listed('reg.example/lab/sketch:w_2024_1@sha256:9999'),
    'unknown_image',
    'Docker reference "reg.example/lab/sketch:w_2024_1@sha256:9999" not found',
  ],
  [
    'no tag',
    listed('reg.example/lab/sketch'),
    'invalid_docker_reference',
    'Docker reference "reg.example/lab/sketch" has no tag',
  ],
  [
    'no reference',
    { field: 'image_dropdown', reference: ':::' },
    'invalid_docker_reference',
    'Docker reference ":::" is not valid',
  ],
  ['an unknown tag', { field: 'image_tag', tag: 'old' }, 'unknown_image', 'Docker tag "old" not found'],
  [
    'a class',
    { field: 'image_class', imageClass: 'latest-daily' },
    'unknown_image',
    'No latest-daily image found',
  ],
])('%s is refused at its field', async (_, choice, code, message) => {
  await expect(source.resolve(choice)).rejects.toMatchObject({
    code,
    message,
    location: ['body', 'options', choice.field],
  });
});

test('nothing is recommended where nothing is configured so', async () => {
  const choice = { field: 'image_class', imageClass: 'recommended' } as const;
  await expect(createStaticImageSource([pinned], null).resolve(choice)).rejects.toMatchObject({
    code: 'unknown_image',
    message: 'No recommended image found',
  });
});

test('the menu has the recommended image first, and the drop-down every image in the order of the list', async () => {
  const isCached = null;

  await expect(source.menu()).resolves.toEqual({
    images: [moving, pinned, other].map((image) => ({ ...image, isCached })),
    dropdown: [pinned, moving, other],
  });
});

test.each([
  ['an unlisted recommendation', [pinned], 'Best', /"Best" is not in the list/],
  ['a reference that is none', [{ name: 'x', reference: 'sketchbook' }], null, /"sketchbook" is not/],
])('a configuration with %s is refused', (_, images, recommended, problem) => {
  expect(() => createStaticImageSource(images, recommended)).toThrow(problem);
});
