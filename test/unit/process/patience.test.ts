import { patient } from '../../../src/process/ops';

let nowMs: number;
let problem: string | null;

beforeEach(() => {
  nowMs = 1_000;
  problem = 'not known yet';
});

function aCheck(patienceMs = 30_000) {
  const inner = async () => {
    if (problem !== null) throw new Error(problem);
  };
  return patient(inner, patienceMs, () => nowMs);
}

test('a process waits for a dependency, and reports nothing once it has it', async () => {
  const { check, note } = aCheck();
  await expect(check()).rejects.toThrow('not known yet');
  problem = null;

  await expect(check()).resolves.toBeUndefined();
  expect(note()).toBeNull();
});

test('a process is ready when its patience is over, and reports what is missing until it has it', async () => {
  const { check, note } = aCheck();
  nowMs += 29_999;
  await expect(check()).rejects.toThrow('not known yet');
  expect(note()).toBeNull();
  nowMs += 1;

  await expect(check()).resolves.toBeUndefined();
  expect(note()).toBe('not known yet');
  problem = null;
  await check();
  expect(note()).toBeNull();
});

test('a process that has lost a dependency stays ready and reports it', async () => {
  const { check, note } = aCheck();
  problem = null;
  await check();
  problem = 'lost';

  await expect(check()).resolves.toBeUndefined();
  expect(note()).toBe('lost');
});
