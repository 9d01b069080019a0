import { explainRefusal } from '../../../src/gafaelfawr/refusal';

test.each([
  ['Bearer error="invalid_token", error_description="Token expired"', 'Token expired (invalid_token)'],
  ['Basic realm="x", Bearer error_description="Token expired"', 'Token expired'],
  ['Bearer error="invalid_token"', 'invalid_token'],
  ['Bearer error="insufficient_scope", scope="read:all"', 'scope read:all is needed (insufficient_scope)'],
  ['Bearer realm="x"', null],
  [null, null],
])('%s is told as %s', (header, expected) => {
  expect(explainRefusal(header)).toBe(expected);
});
