import { errorFromAnswer, toKubernetesError } from '../../../src/kubernetes/errors';

const createPod = { verb: 'create', kind: 'pods', namespace: 'nublado-rachel', name: null };
const createSecret = { ...createPod, kind: 'secrets' };

function statusText(fields: object): string {
  return JSON.stringify({ kind: 'Status', status: 'Failure', ...fields });
}

function apiException(code: number, body: string, headers = {}): Error {
  const message = `HTTP-Code: ${code} Body: ${body} Headers: {"set-cookie":"hidden"}`;
  return Object.assign(new Error(message), { code, body, headers });
}

test('an error names the request, the status and the server’s words', () => {
  const body = statusText({
    reason: 'AlreadyExists',
    message: 'pods "a" already exists',
    details: { name: 'a' },
  });
  const error = errorFromAnswer(createPod, 409, body);
  expect(error.message).toBe('create pods nublado-rachel/a: 409 AlreadyExists: pods "a" already exists');
  expect(error).toMatchObject({ code: 409, reason: 'AlreadyExists', objectName: 'a', retryAfterMs: null });
});

test('about a Secret an error keeps reason and field names but no words of the server', () => {
  const body = statusText({
    reason: 'Invalid',
    message: 'Secret "s" is invalid: data[token]: Invalid value: "hunter2"',
    details: {
      name: 's',
      kind: 'Secret',
      causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2"', field: 'data[token]' }],
    },
  });
  const error = errorFromAnswer(createSecret, 422, body);
  expect(error.message).toBe('create secrets nublado-rachel/s: 422 Invalid: at data[token]');
  expect(JSON.stringify({ ...error, stack: error.stack })).not.toContain('hunter2');
});

test('a long message is cut', () => {
  const body = statusText({ reason: 'Invalid', message: 'x'.repeat(5000), details: { kind: 'Pod' } });
  expect(errorFromAnswer(createPod, 422, body).message).toHaveLength(1000);
});

test.each([
  ['a header in seconds', '7', {}, 7000],
  ['the details', undefined, { details: { retryAfterSeconds: 3 } }, 3000],
])('the wait the server asks for is read from %s', (_, header, fields, expected) => {
  expect(errorFromAnswer(createPod, 429, statusText(fields), header).retryAfterMs).toBe(expected);
});

test('a date in Retry-After is a wait until then', () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const { retryAfterMs } = errorFromAnswer(createPod, 429, '', inAMinute);
  expect(retryAfterMs).toBeGreaterThan(55_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});

test('an exception of the generated client is read from its unparsed body, without its headers', () => {
  const body = statusText({
    reason: 'NotFound',
    message: 'pods "a" not found',
    details: { kind: 'pods', name: 'a' },
  });
  const error = toKubernetesError(apiException(404, body, { 'retry-after': '2' }));
  expect(error).toMatchObject({ code: 404, reason: 'NotFound', retryAfterMs: 2000 });
  expect(error?.message).toBe('request unknown a: 404 NotFound: pods "a" not found');
});

test('an exception without a kind is treated as if about a Secret', () => {
  const error = toKubernetesError(
    apiException(400, statusText({ reason: 'BadRequest', message: 'hunter2' })),
  );
  expect(error?.message).toBe('request unknown: 400 BadRequest');
});

test('an error that no request made is none of ours', () => {
  expect(toKubernetesError(new RangeError('bug'))).toBeNull();
  expect(toKubernetesError('text')).toBeNull();
});
