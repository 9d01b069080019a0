import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { renderForm, renderUnavailable } from '../../../../src/api/form/fragment';
import { aForm, aMenuImage, anOfferedImage, aSize } from '../../../support/lab-form';
import { aLife } from '../../../support/lab-life';
import { type Element, elementsOf } from '../../../support/parsed-html';

const DATA = join(__dirname, '../../../data/form');

/** `UPDATE_GOLDEN=1` writes the fragments anew: then read the difference. */
const isUpdating = process.env.UPDATE_GOLDEN === '1';

/** The fragment without what is the same in each. */
const body = (fragment: string): string => fragment.replace(/<(style|script)>[^]*?<\/\1>\n/g, '');

const FULL = { outcome: 'failed', reason: 'HomeFull', endedBy: { kind: 'lab', name: null } } as const;

const CASES = {
  usual: renderForm(aForm()),
  'nothing-on-the-menu': renderForm(aForm({ images: [] })),
  'nothing-in-the-drop-down': renderForm(aForm({ dropdown: [], sizes: [aSize('small', 0.5, 0.75)] })),
  'names-with-markup': renderForm(
    aForm({
      username: '"><script>alert(1)</script>',
      images: [aMenuImage('a"b', `R&D's <i>"lab"</i>`)],
      dropdown: [anOfferedImage('</select>', '</option></select><script>alert(1)</script>')],
    }),
  ),
  'after-an-eviction': renderForm(aForm({ dropdown: [] }), aLife()),
  'after-a-full-home': renderForm(
    aForm({ dropdown: [], fullHome: { canStart: true, filesUrl: 'https://data.example/files' } }),
    aLife({
      ...FULL,
      message: 'Your home directory is full: 3 MiB of 10 GiB are free, JupyterLab needs 16 MiB.',
    }),
  ),
  unavailable: renderUnavailable(),
};

test.each(Object.entries(CASES))('the fragment %s is as agreed', (name, fragment) => {
  const file = join(DATA, `${name}.html`);
  if (isUpdating) writeFileSync(file, body(fragment));

  expect(body(fragment)).toBe(readFileSync(file, 'utf8'));
});

const controlsOf = (fragment: string): Element[] =>
  elementsOf(fragment).filter(({ name }) => ['input', 'select', 'option'].includes(name));

test('every control has the names, IDs and values of the contract, in order', () => {
  const { images, dropdown } = aForm();
  const radio = (name: string, id: string, value = id) => ({ type: 'radio', name, id, value });
  const checkbox = (name: string) => ({ type: 'checkbox', name, id: name, value: 'true' });

  const controls = controlsOf(CASES.usual).map(({ attributes: { type, name, id, value } }) =>
    JSON.parse(JSON.stringify({ type, name, id, value })),
  );

  expect(controls).toEqual([
    ...images.map(({ reference }, index) => radio('image_list', `image${index + 1}`, reference)),
    radio('image_list', 'use_image_from_dropdown'),
    { name: 'image_dropdown' },
    ...dropdown.map(({ reference }) => ({ value: reference })),
    ...['small', 'medium', 'large'].map((size) => radio('size', size)),
    checkbox('enable_debug'),
    checkbox('reset_user_env'),
  ]);
});

test.each([
  ['the first image and the default size', CASES.usual, ['image1', 'medium']],
  [
    'the drop-down when the menu is empty',
    CASES['nothing-on-the-menu'],
    ['use_image_from_dropdown', 'medium'],
  ],
])('what is chosen at first is %s', (_, fragment, expected) => {
  const isChosen = ({ attributes }: Element) => 'checked' in attributes || 'selected' in attributes;

  expect(
    controlsOf(fragment)
      .filter(isChosen)
      .map(({ attributes }) => attributes['id']),
  ).toEqual(expected);
});

describe('the option to start with a full home directory', () => {
  const namesOf = (...form: Parameters<typeof renderForm>) =>
    controlsOf(renderForm(...form)).map(({ attributes }) => attributes['name']);
  const choices = { canStart: true, filesUrl: null };

  test.each<[string, boolean, Parameters<typeof renderForm>]>([
    ['after a lab that did not start for that', true, [aForm({ fullHome: choices }), aLife(FULL)]],
    ['after another end', false, [aForm({ fullHome: choices }), aLife()]],
    ['without an end', false, [aForm({ fullHome: choices })]],
    [
      'where labs start all the same',
      false,
      [aForm({ fullHome: { ...choices, canStart: false } }), aLife(FULL)],
    ],
    ['where it is checked no more', false, [aForm(), aLife(FULL)]],
  ])('%s is there: %s', (_, isThere, form) => {
    expect(namesOf(...form).includes('start_with_full_home')).toBe(isThere);
  });

  test('is an ordinary check box of the form, and no default', () => {
    const box = controlsOf(CASES['after-a-full-home']).at(-1);
    expect(box?.attributes).toEqual({
      type: 'checkbox',
      name: 'start_with_full_home',
      id: 'start_with_full_home',
      value: 'true',
    });
  });
});

test('an empty drop-down cannot be chosen', () => {
  const disabled = controlsOf(CASES['nothing-in-the-drop-down']).filter(
    ({ attributes }) => 'disabled' in attributes,
  );

  expect(disabled.map(({ attributes }) => attributes['name'])).toEqual(['image_list', 'image_dropdown']);
});

test('IDs are unique, and every label and description is of something', () => {
  const all = elementsOf(CASES.usual).map(({ attributes }) => attributes);
  const ids = all.flatMap(({ id }) => id ?? []);
  const references = all.flatMap((attributes) =>
    ['for', 'aria-describedby', 'aria-labelledby'].flatMap((name) => attributes[name] ?? []),
  );

  expect(new Set(ids).size).toBe(ids.length);
  expect(references.length).toBeGreaterThan(10);
  expect(ids).toEqual(expect.arrayContaining(references));
});

test('the form brings all it needs, and loads nothing', () => {
  expect(CASES.usual).not.toMatch(/\b(src|href|srcset|action)=|url\(|@import|import\(|fetch\(/);
});

/** Texts that would like to be markup, and any others that a parser gives back as they are. */
const hostile = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '&lt',
        ';',
        '/',
        '=',
        '`',
        '!--',
        '-->',
        ']]>',
        ' ',
        'x=',
        'script>',
      ),
    )
    .map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme' }),
);

test('no name, reference or username adds markup, and each arrives as it is', () => {
  const shape = (fragment: string) =>
    elementsOf(fragment).map(({ name, attributes }) => [name, Object.keys(attributes)]);
  const harmless = shape(
    renderForm(aForm({ images: [aMenuImage('a', 'a')], dropdown: [anOfferedImage('b', 'b')] })),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, (username, name, reference) => {
      const image = { name, reference };
      const fragment = renderForm(
        aForm({ username, images: [{ ...image, isCached: true }], dropdown: [{ ...image, isCached: true }] }),
      );
      const elements = elementsOf(fragment);
      const [root] = elements;
      const textOf = (wanted: (element: Element) => boolean) => elements.find(wanted)?.text;

      expect(shape(fragment)).toEqual(harmless);
      expect(root?.attributes['data-username']).toBe(username);
      expect(elements.filter(({ attributes }) => attributes['value'] === reference).length).toBe(2);
      expect(textOf(({ attributes }) => attributes['for'] === 'image1')).toBe(name);
      expect(textOf(({ name }) => name === 'option')).toBe(name);
    }),
  );
});
