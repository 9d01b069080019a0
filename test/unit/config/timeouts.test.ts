import { aDocument, documentProblems, parsed } from './documents';

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
