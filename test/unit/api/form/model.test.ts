import { formFor } from '../../../../src/api/form/model';
import { aForm, aSize } from '../../../support/lab-form';

const GIB = 1024 ** 3;
const MENU = { images: aForm().images, dropdown: aForm().dropdown };
const SIZES = [aSize('small', 1, 3), aSize('medium', 2, 6), aSize('large', 4, 12)];

const quotaOf = (cpu: number, gib: number) => ({ cpu, memory: gib * GIB, spawn: true });
const sizesOf = (form: ReturnType<typeof formFor>) => form?.sizes.map(({ size }) => size);

test('without a quota a user may choose every size, and the default one is chosen', () => {
  const form = formFor({ username: 'rachel', quota: null }, { sizes: SIZES, defaultSize: 'medium' }, MENU);

  expect(form).toEqual({ username: 'rachel', ...MENU, sizes: SIZES, defaultSize: 'medium', fullHome: null });
});

test.each([
  ['as large as the quota', quotaOf(2, 6), ['small', 'medium']],
  ['with too many cores', quotaOf(3.9, 99), ['small', 'medium']],
  ['with too much memory', quotaOf(99, 11.9), ['small', 'medium']],
  ['all', quotaOf(4, 12), ['small', 'medium', 'large']],
])('sizes within the quota are offered: %s', (_, quota, expected) => {
  const form = formFor({ username: 'rachel', quota }, { sizes: SIZES, defaultSize: null }, MENU);

  expect(sizesOf(form)).toEqual(expected);
});

test.each([
  ['is not configured', null, quotaOf(4, 12)],
  ['is beyond the quota', 'large' as const, quotaOf(2, 6)],
])('the first size is chosen when a default %s', (_, defaultSize, quota) => {
  const form = formFor({ username: 'rachel', quota }, { sizes: SIZES, defaultSize }, MENU);

  expect(form?.defaultSize).toBe('small');
});

test.each([
  ['the quota forbids labs', { ...quotaOf(4, 12), spawn: false }, SIZES, MENU],
  ['every size is beyond the quota', quotaOf(0.5, 12), SIZES, MENU],
  ['no size is configured', null, [], MENU],
  ['there is no image', null, SIZES, { images: [], dropdown: [] }],
])('there is no form when %s', (_, quota, sizes, menu) => {
  expect(formFor({ username: 'rachel', quota }, { sizes, defaultSize: 'small' }, menu)).toBeNull();
});
