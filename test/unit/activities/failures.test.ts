import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { finalFailure, notYet, toFailure } from '../../../src/activities/failures';
import { errorFromAnswer, errorFromNetwork } from '../../../src/kubernetes/errors';

const first = { number: 1, isCancelled: false };

interface Answer {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly cause?: string;
  readonly verb?: string;
  readonly kind?: string;
  readonly retryAfter?: string;
}

/** The error of a request about rachel's pod, unless told otherwise. */
function answered({
  code,
  reason,
  message,
  cause,
  verb = 'create',
  kind = 'pods',
  retryAfter,
}: Answer): Error {
  const details = { kind, name: 'rachel-nb', ...(cause ? { causes: [{ reason: cause }] } : {}) };
  const body = { kind: 'Status', status: 'Failure', reason, message, details };
  return errorFromAnswer({ verb, kind, namespace: 'lab-rachel', name: null }, code, body, retryAfter);
}

function failureOf(error: unknown, attempt = first): ApplicationFailure {
  const failure = toFailure(error, attempt);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`no ApplicationFailure: ${String(failure)}`);
  return failure;
}

const network = (code: string) =>
  errorFromNetwork(
    { verb: 'get', kind: 'pods', namespace: 'lab-rachel', name: 'rachel-nb' },
    Object.assign(new Error(code), { code }),
  );

describe('tried again', () => {
  test.each<[string, unknown, number]>([
    ['no namespace yet, a second', answered({ code: 404, reason: 'NotFound' }), 1_000],
    ['namespace terminating, two', answered({ code: 403, cause: 'NamespaceTerminating' }), 2_000],
    ['told to slow down, two', answered({ code: 429 }), 2_000],
    ['told to slow down, what was asked', answered({ code: 429, retryAfter: '7' }), 7_000],
    ['unavailable, what was asked', answered({ code: 503, retryAfter: '3' }), 3_000],
  ])(
    'what the cluster answers is tried again after a time of its own and up to a fifth more: %s',
    (_, error, afterMs) => {
      const failure = failureOf(error);

      expect(failure).toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
      expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(afterMs);
      expect(failure.nextRetryDelay).toBeLessThanOrEqual(afterMs * 1.2);
    },
  );

  test.each<[string, unknown]>([
    ['conflict', answered({ code: 409, reason: 'Conflict' })],
    ['server error', answered({ code: 500 })],
    ['expired', answered({ code: 410 })],
    ['refused token', answered({ code: 401 })],
    ['connection reset', network('ECONNRESET')],
    ['connection refused', network('ECONNREFUSED')],
    ['time limit', network('ETIMEDOUT')],
    ['time limit of the client', network('UND_ERR_HEADERS_TIMEOUT')],
  ])('what the cluster answers is tried again by the policy: %s', (_, error) => {
    const failure = failureOf(error);

    expect(failure).toMatchObject({ type: 'KubernetesUnavailable', nonRetryable: false });
    expect(failure.nextRetryDelay).toBeUndefined();
  });
});

describe('given up, as', () => {
  test.each<[string, Answer]>([
    ['QuotaExceeded', { code: 403, reason: 'Forbidden', message: 'exceeded quota: rachel-nb' }],
    ['KubernetesForbidden', { code: 403, reason: 'Forbidden', message: 'no' }],
    ['ObjectConflict', { code: 409, reason: 'AlreadyExists' }],
    ['KubernetesInvalid', { code: 400, reason: 'BadRequest' }],
    ['KubernetesInvalid', { code: 422, reason: 'Invalid' }],
    ['KubernetesInvalid', { code: 404, reason: 'NotFound', verb: 'get' }],
  ])('an activity gives up as %s: %j', (type, answer) => {
    expect(failureOf(answered(answer))).toMatchObject({ type, nonRetryable: true });
  });

  test('an activity gives up as QuotaExceeded with the server’s words and what the user can do', () => {
    const answer = { code: 403, reason: 'Forbidden', message: 'exceeded quota: rachel-nb' };
    expect(failureOf(answered(answer))).toMatchObject({
      message: expect.stringMatching(
        /^Error creating object .*exceeded quota: rachel-nb\. .*Choose a smaller size/,
      ),
    });
  });

  test('an activity gives up as KubernetesForbidden when a token is refused again after five retries', () => {
    const refused = answered({ code: 401 });

    expect(failureOf(refused, { number: 5, isCancelled: false }).nonRetryable).toBeFalsy();
    expect(failureOf(refused, { number: 6, isCancelled: false })).toMatchObject({
      type: 'KubernetesForbidden',
      nonRetryable: true,
    });
  });
});

test('the message has the verb, the object and the server’s answer', () => {
  const invalid = answered({ code: 400, reason: 'BadRequest', message: 'no such field' });

  expect(failureOf(invalid).message).toBe(
    'Error creating object (Pod lab-rachel/rachel-nb, status 400): BadRequest: no such field',
  );
  expect(failureOf(network('ECONNRESET')).message).toBe(
    'Error reading object (Pod lab-rachel/rachel-nb): ECONNRESET: no answer',
  );
});

test.each([
  [
    'a proxy',
    'pods',
    '<html><title>413 Request Entity Too Large</title></html>',
    ': 413 Request Entity Too Large',
  ],
  ['the API server, in plain text', 'pods', 'the body is no JSON\n', ': the body is no JSON'],
  ['a proxy, about a Secret', 'secrets', 'cannot read "hunter2"', ''],
])('what %s answers that is no Status stands behind the object', (_, kind, body, words) => {
  const request = { verb: 'create', kind, namespace: 'lab-rachel', name: 'rachel-nb' };
  const object = `${kind === 'pods' ? 'Pod' : 'Secret'} lab-rachel/rachel-nb`;

  expect(failureOf(errorFromAnswer(request, 400, body)).message).toBe(
    `Error creating object (${object}, status 400)${words}`,
  );
});

test('the server’s message about a Secret is not repeated', () => {
  const error = answered({ code: 422, reason: 'Invalid', kind: 'secrets', message: 'bad value "hunter2"' });
  const failure = failureOf(error);

  expect(failure.message).toContain('Secret lab-rachel/rachel-nb');
  expect(JSON.stringify({ ...failure, message: failure.message, stack: failure.stack })).not.toContain(
    'hunter2',
  );
});

test('an aborted request of a cancelled attempt is a cancellation', () => {
  const abort = new DOMException('aborted', 'AbortError');

  expect(toFailure(abort, { number: 1, isCancelled: true })).toBeInstanceOf(CancelledFailure);
});

test('an aborted request of an attempt out of time is tried again', () => {
  const abort = new DOMException('aborted', 'AbortError');

  expect(failureOf(abort)).toMatchObject({ type: 'KubernetesUnavailable', message: 'Request timed out' });
});

test.each([
  ['its own failures', finalFailure('ConfigurationError', 'no key')],
  ['its own waits', notYet('later')],
  ['cancellations', new CancelledFailure('enough')],
  ['what is not about Kubernetes', new RangeError('bug')],
])('an activity’s %s pass through', (_, error) => {
  expect(toFailure(error, first)).toBe(error);
});

test('a wait is expected, so it is neither counted nor logged as a failure', () => {
  const failure = notYet('later', 1_000);

  expect(failure).toMatchObject({ type: 'NotYet', nextRetryDelay: 1_000 });
  expect(failure.category).toBe(ApplicationFailureCategory.BENIGN);
  expect(failure.nonRetryable).toBeFalsy();
});
