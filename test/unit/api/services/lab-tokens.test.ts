import { createLabTokens, type LabTokenOptions } from '../../../../src/api/services/lab-tokens';
import { DomainError } from '../../../../src/domain/errors';
import { tokenHash } from '../../../../src/identity/token-lookup';
import { aRecord } from '../../../support/record-builder';

const OLD = '15c42511c3a34ff597069b9d40879e35';
const NEW = 'd0f3f4c1a5e94a0e8d0b5f5b5a0c9e11';

const labs = new Map<string, string | undefined>();
let reads: string[];
let trouble: DomainError | null;

beforeEach(() => {
  labs.clear();
  labs.set('rachel', OLD);
  reads = [];
  trouble = null;
});

/** Verifies names that the controller has put where they stand. */
function tokens(options: LabTokenOptions = {}) {
  const { verify } = createLabTokens(
    {
      list: () => Promise.reject(new Error('unused')),
      async read(username) {
        reads.push(username);
        if (trouble) throw trouble;
        if (!labs.has(username)) throw new DomainError('unknown_user', `Unknown user ${username}`);
        const token = labs.get(username);
        const digest = token === undefined ? {} : { hubTokenDigest: tokenHash(token) };
        return { ...aRecord(username), ...digest, status: 'running' };
      },
    },
    options,
  );
  return { verify: (username: string, token: string) => verify(username, token, true) };
}

const REFUSED = expect.objectContaining({ code: 'invalid_token' });

test('the token of the user’s lab is right, however often, and the lab is looked up once', async () => {
  const { verify } = tokens();
  await Promise.all([verify('rachel', OLD), verify('rachel', OLD)]);
  await verify('rachel', OLD);

  expect(reads).toEqual(['rachel']);
});

test.each([
  ['another lab', 'beth', OLD],
  ['no lab at all', 'nobody', OLD],
  ['a lab without a token', 'tokenless', ''],
  ['no lab, of another length', 'rachel', 'short'],
])('a token of %s is wrong', async (_what, username, token) => {
  labs.set('beth', NEW);
  labs.set('tokenless', undefined);

  await expect(tokens().verify(username, token)).rejects.toEqual(REFUSED);
});

test('wrong tokens do not have every one of them looked up', async () => {
  const { verify } = tokens();
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await expect(verify('rachel', `wrong-${attempt}`)).rejects.toEqual(REFUSED);
  }

  expect(reads).toEqual(['rachel']);
});

test('the token of a lab that has replaced another is right once the other has been doubted for long enough', async () => {
  const { verify } = tokens({ doubtMs: 0 });
  await verify('rachel', OLD);
  labs.set('rachel', NEW);

  await verify('rachel', NEW);
  await expect(verify('rachel', OLD)).rejects.toEqual(REFUSED);
});

test('a failed lookup is no refusal, and is not cached', async () => {
  const { verify } = tokens();
  trouble = new DomainError('workflow_unavailable', 'The workflow service is unavailable');
  await expect(verify('rachel', OLD)).rejects.toBe(trouble);

  trouble = null;
  await verify('rachel', OLD);
  expect(reads).toHaveLength(2);
});

test('a refusal does not repeat the token', async () => {
  const problem: unknown = await tokens()
    .verify('rachel', NEW)
    .catch((error: unknown) => error);

  expect(String(problem)).not.toContain(NEW);
});
