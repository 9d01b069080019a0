import { deletionLine, stillAgreed } from '../../../../src/cli/images/deletion';

const image = { digest: 'sha256:1', tags: ['w_1', 'recommended'] };
const used = { ...image, reasons: ['a lab uses it'] };

test('a deletion is shown with the reasons against it', () => {
  expect(deletionLine(image)).toBe('delete  w_1 recommended  sha256:1');
  expect(deletionLine({ ...used, reasons: ['a lab uses it', 'pinned'] })).toBe(
    'delete  w_1 recommended  sha256:1  although: a lab uses it; pinned',
  );
});

test('what is as it was shown is still agreed on', () => {
  const other = { digest: 'sha256:2', tags: ['w_2'] };

  expect(stillAgreed([other, { ...used }], [used, other])).toEqual([other, used]);
});

test.each([
  ['another reason', { ...used, reasons: ['a lab uses it', 'the menu offers w_1'] }, used],
  ['a first reason', used, image],
  ['another tag', { ...image, tags: ['w_1', 'recommended', 'new'] }, image],
  ['another image behind it', { ...image, digest: 'sha256:2' }, image],
])('%s breaks the agreement', (_what, current, shown) => {
  expect(stillAgreed([current], [shown])).toEqual([]);
});
