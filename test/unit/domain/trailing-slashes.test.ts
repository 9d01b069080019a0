import { withoutTrailingSlashes } from '../../../src/domain/trailing-slashes';

test.each([
  ['https://example.com/hub/api/', 'https://example.com/hub/api'],
  ['https://example.com//', 'https://example.com'],
  ['https://example.com/hub/api', 'https://example.com/hub/api'],
  ['//home//rachel/', '//home//rachel'],
  ['/', ''],
  ['', ''],
])('%p is %p', (written, wanted) => {
  expect(withoutTrailingSlashes(written)).toBe(wanted);
});
