import { errorFromAnswer, errorFromNetwork } from '../../../src/kubernetes/errors';
import { classify } from '../../../src/kubernetes/verdict';

const create = { verb: 'create', kind: 'pods', namespace: 'n', name: null };
const createNamespace = { verb: 'create', kind: 'namespaces', namespace: null, name: null };
const read = { verb: 'get', kind: 'pods', namespace: 'n', name: 'p' };
const remove = { ...read, verb: 'delete' };

function answer(
  request: typeof create | typeof read | typeof createNamespace,
  code: number,
  fields: object = {},
) {
  return errorFromAnswer(request, code, { kind: 'Status', ...fields });
}

const cases: [string, unknown, object][] = [
  ['a read of something absent', answer(read, 404, { reason: 'NotFound' }), { kind: 'notFound' }],
  ['a delete of something absent', answer(remove, 404, { reason: 'NotFound' }), { kind: 'notFound' }],
  [
    'a create in an unseen namespace',
    answer(create, 404, { reason: 'NotFound' }),
    { kind: 'retry', afterMs: 1000 },
  ],
  ['a create of an unknown kind', errorFromAnswer(create, 404, '404 page not found'), { kind: 'notFound' }],
  ['a taken name', answer(create, 409, { reason: 'AlreadyExists' }), { kind: 'alreadyExists' }],
  [
    'a delete of an object whose successor the server has found stored',
    answer(remove, 409, {
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pods "p": StorageError: invalid object, Code: 4, AdditionalErrorMsg: Precondition failed: UID in precondition: a, UID in object meta: b',
    }),
    { kind: 'replaced' },
  ],
  [
    'a delete of an object whose successor the server has read',
    answer(remove, 409, {
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pods "p": the UID in the precondition (a) does not match the UID in record (b). The object might have been deleted and then recreated',
    }),
    { kind: 'replaced' },
  ],
  [
    'another conflict of a delete',
    answer(remove, 409, { reason: 'Conflict', message: 'the object has been modified' }),
    { kind: 'retry', afterMs: null },
  ],
  ['a lost optimistic lock', answer(create, 409, { reason: 'Conflict' }), { kind: 'retry', afterMs: null }],
  [
    'a terminating namespace',
    answer(create, 403, { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } }),
    { kind: 'retry', afterMs: 2000 },
  ],
  [
    'a service account not yet made',
    answer(create, 403, {
      message:
        'pods "p" is forbidden: error looking up service account n/default: serviceaccount "default" not found',
    }),
    { kind: 'retry', afterMs: 250 },
  ],
  [
    'a quota not yet counted',
    answer(create, 403, {
      message: 'pods "p" is forbidden: status unknown for quota: q, resources: limits.cpu',
    }),
    { kind: 'retry', afterMs: 250 },
  ],
  [
    'an exceeded quota',
    answer(create, 403, { message: 'pods "p" is forbidden: exceeded quota: q, requested: limits.cpu=2' }),
    { kind: 'quotaExceeded' },
  ],
  ['a missing permission', answer(create, 403, { reason: 'Forbidden' }), { kind: 'forbidden' }],
  ['a malformed request', answer(create, 400), { kind: 'invalid' }],
  ['an invalid object', answer(create, 422, { reason: 'Invalid' }), { kind: 'invalid' }],
  ['a body too large', answer(create, 413), { kind: 'invalid' }],
  ['a refused token', answer(read, 401), { kind: 'unauthorized' }],
  ['an expired version', answer(read, 410), { kind: 'expired' }],
  ['a busy server', answer(read, 429), { kind: 'retry', afterMs: 2000 }],
  ['a busy server that says how long', errorFromAnswer(read, 429, '', '5'), { kind: 'retry', afterMs: 5000 }],
  ['a broken server', answer(read, 500), { kind: 'retry', afterMs: null }],
  [
    'an unavailable server that says how long',
    errorFromAnswer(read, 503, '', '1'),
    { kind: 'retry', afterMs: 1000 },
  ],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
    { kind: 'retry', afterMs: null },
  ],
  [
    'silence',
    Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' }),
    { kind: 'retry', afterMs: null },
  ],
  ['a passed time limit', new DOMException('late', 'TimeoutError'), { kind: 'retry', afterMs: null }],
  [
    'a cut connection under a request',
    errorFromNetwork(read, Object.assign(new Error('x'), { code: 'ECONNRESET' })),
    { kind: 'retry', afterMs: null },
  ],
  ['an abort', new DOMException('stop', 'AbortError'), { kind: 'aborted' }],
  [
    'a certificate of someone else',
    Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }),
    { kind: 'unknown' },
  ],
  ['a bug', new TypeError('x is not a function'), { kind: 'unknown' }],
  ['no error at all', undefined, { kind: 'unknown' }],
];

test.each(cases)('%s has its verdict', (_, error, verdict) => {
  expect(classify(error)).toEqual(verdict);
});
