import { explainRefusal, parseChallenges } from '../../../src/gafaelfawr/www-authenticate';

function challenges(header: string) {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

test('quoted values may hold commas, equals signs and escaped quotes', () => {
  const header = 'Bearer realm="a, b=c", error_description="said \\"no\\" \\\\ twice"';
  expect(challenges(header)).toEqual([
    ['bearer', { realm: 'a, b=c', error_description: 'said "no" \\ twice' }],
  ]);
});

test('several challenges in one header are told apart', () => {
  expect(challenges('Negotiate, Basic realm="x" , Bearer error=invalid_token,scope="a b"')).toEqual([
    ['negotiate', {}],
    ['basic', { realm: 'x' }],
    ['bearer', { error: 'invalid_token', scope: 'a b' }],
  ]);
});

test('a token68 credential is no parameter', () => {
  expect(challenges('Negotiate YWJj/+==, Bearer realm=x')).toEqual([
    ['negotiate', {}],
    ['bearer', { realm: 'x' }],
  ]);
});

test('names are read without case, and spaces around the equals sign are allowed', () => {
  expect(challenges('BEARER Realm = "x"')).toEqual([['bearer', { realm: 'x' }]]);
});

test.each([
  ['', []],
  [',, ,', []],
  ['Bearer realm="unclosed', [['bearer', {}]]],
  ['="x"', []],
])('a broken header %j gives what can be read', (header, expected) => {
  expect(challenges(header).slice(0, 1)).toEqual(expected);
});

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
