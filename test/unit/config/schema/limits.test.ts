import { aDocument, documentProblems, parsed } from '../sample-documents';

const patienceOf = (timeouts: object) => {
  const { imagePullPatienceMs, unschedulablePatienceMs } = parsed(aDocument({ timeouts })).config.timeouts;
  return { imagePullPatienceMs, unschedulablePatienceMs };
};

test('registries get half a minute and autoscalers five, unless configured otherwise', () => {
  expect(patienceOf({})).toEqual({ imagePullPatienceMs: 30_000, unschedulablePatienceMs: 300_000 });
  expect(patienceOf({ imagePullPatience: '2m', unschedulablePatience: '15m' })).toEqual({
    imagePullPatienceMs: 120_000,
    unschedulablePatienceMs: 900_000,
  });
});

test('no patience at all is allowed, less is not', () => {
  expect(patienceOf({ imagePullPatience: 0, unschedulablePatience: 0 })).toEqual({
    imagePullPatienceMs: 0,
    unschedulablePatienceMs: 0,
  });
  expect(documentProblems({ timeouts: { imagePullPatience: -1 } })).toEqual([
    expect.stringContaining('timeouts.imagePullPatience'),
  ]);
});

test('containers that are started again get half a minute before the lab runs and five afterwards, unless configured', () => {
  const settings = { startRetryPatience: '2m', restartPatience: 0 };
  expect(parsed(aDocument({})).config.timeouts).toMatchObject({
    startRetryPatienceMs: 30_000,
    restartPatienceMs: 300_000,
  });
  expect(parsed(aDocument({ timeouts: settings })).config.timeouts).toMatchObject({
    startRetryPatienceMs: 120_000,
    restartPatienceMs: 0,
  });
});

test('every step has a default, and takes what is configured', () => {
  const steps = {
    kubernetesRequest: '1m',
    kubernetesRetry: 0,
    spawnCheck: '2s',
    runCheck: '3s',
    deleteCheck: '4s',
  };
  expect(parsed(aDocument({})).config.timeouts).toMatchObject({
    kubernetesRequestMs: 30_000,
    kubernetesRetryMs: 15_000,
    spawnCheckMs: 30_000,
    runCheckMs: 600_000,
    deleteCheckMs: 5_000,
    watchFinalCheckMs: 2_000,
    terminatedRetentionMs: 5_000,
  });
  expect(parsed(aDocument({ timeouts: steps })).config.timeouts).toMatchObject({
    kubernetesRequestMs: 60_000,
    kubernetesRetryMs: 0,
    spawnCheckMs: 2_000,
    runCheckMs: 3_000,
    deleteCheckMs: 4_000,
  });
});
