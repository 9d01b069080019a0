import * as fc from 'fast-check';
import { prefersHtml } from '../../../../src/api/http/accept';

test.each([
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', true],
  ['text/html', true],
  ['TEXT/HTML; Q=0.4', true],
  ['application/json;q=0.9, text/html', true],
  ['text/html;q=0.5, application/json', false],
  ['text/html;q=0', false],
  ['text/html;q=x', false],
  ['text/*', false],
  ['*/*', false],
  ['application/json, text/plain, */*', false],
  ['', false],
  [undefined, false],
])('"%s" prefers HTML: %s', (accept, isPreferred) => {
  expect(prefersHtml(accept)).toBe(isPreferred);
});

test('any header has an answer', () => {
  const answers = fc.sample(fc.string(), 1_000).map(prefersHtml);

  expect(new Set(answers.map((answer) => typeof answer))).toEqual(new Set(['boolean']));
});
