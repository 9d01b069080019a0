import { LAB_STATUSES } from '../../../../src/domain/lab';
import { EXITED } from '../../../../src/domain/lab-end';
import { encodeLabMemo } from '../../../../src/domain/published-lab';
import { decodeLab, decodeListedLab, decodePastLabs } from '../../../../src/workflow-clients/lab/memo';
import { AN_INSTANT, aProof } from '../../../support/builders';
import { aRecord } from '../../../support/record-builder';

/** As the server gives a memo back. */
const stored = (memo: object): Record<string, unknown> => JSON.parse(JSON.stringify(memo));

const END = { ...EXITED, at: AN_INSTANT };

test('what is published is read back as it was', () => {
  const address = { podUid: 'u', spawnId: 's', podIp: '10.0.0.1', proof: aProof('10.0.0.1') };
  const record = {
    ...aRecord('rachel').running(),
    address,
    end: END,
    obstacle: 'Namespace is kept',
    hubTokenDigest: 'digest',
    deleteTimeoutMs: 90_000,
  };
  const past = { startedAt: AN_INSTANT, image: 'image', size: 'small', end: END } as const;
  const memo = stored(encodeLabMemo(record, [past]));

  expect(decodeLab(memo)).toEqual(stored(record));
  expect(decodePastLabs(memo)).toEqual([past]);
});

test.each([...LAB_STATUSES, null])('status %s is read as it is', (status) => {
  const memo = stored(encodeLabMemo({ ...aRecord(), status }));

  expect(decodeLab(memo)).toMatchObject({ status });
  expect(decodeLab(memo)?.unknownStatus).toBeUndefined();
  expect(decodeListedLab(memo)).toMatchObject({ status });
});

test('a memo of an older version has no start and no end', () => {
  const { startedAt: _, end: __, ...older } = aRecord();

  expect(decodeLab(stored({ lab: older }))).toMatchObject({ startedAt: null, end: null });
});

test.each([
  ['no memo', undefined],
  ['a memo of something else', { catalogue: {} }],
  ['a lab without a status', { lab: { ...aRecord(), status: undefined } }],
  ['a lab without a user', { lab: { ...aRecord(), user: null } }],
])('%s publishes no lab', (_, memo) => {
  expect(decodeLab(memo)).toBeNull();
  expect(decodeListedLab(memo)).toBeNull();
  expect(decodePastLabs(memo)).toEqual([]);
});

test.each([
  [
    'a reason that is no code',
    { reason: '<b>bold</b>', message: 'why' },
    { reason: 'Unknown', message: 'why' },
  ],
  ['a long reason', { reason: 'a'.repeat(65), message: '' }, { reason: 'Unknown', message: '' }],
  [
    'a message without end',
    { reason: 'New', message: 'x'.repeat(10_000) },
    { reason: 'New', message: `${'x'.repeat(2_000)}…` },
  ],
  ['no message', { reason: 'New' }, null],
])('%s is bounded before it is passed on', (_, failure, expected) => {
  expect(decodeLab(stored({ lab: { ...aRecord(), failure } }))?.failure).toEqual(expected);
});

test('a list has a lab of which it can read what it shows', () => {
  const { operation, since, status } = aRecord();
  const lab = { user: { username: 'rachel' }, operation, since, status };

  expect(decodeListedLab({ lab })).toMatchObject({ username: 'rachel', status: 'pending', namespace: null });
});
