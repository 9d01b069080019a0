import { type Chart, theChart } from '../support/chart';
import {
  cells,
  GAFAELFAWR,
  OTHERS,
  PARTS,
  podsIn,
  reaches,
  type Site,
  siteOf,
  WITHOUT_GAFAELFAWR,
  wesley,
} from '../support/network-site';

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

const siteWith = (values: object): Site => siteOf(chart.objects(values));

const TEXTS: Readonly<Record<string, readonly [gafaelfawr: boolean, without: boolean]>> = {
  yes: [true, true],
  'without Gafaelfawr': [false, true],
  '': [false, false],
};

/** What is expected and what is so, as lines that tell the cells apart. */
function asLines(sites: readonly Site[]): string[] {
  return cells().map(({ row, column }) => {
    const found = sites.map((site) => reaches(site, row, column));
    return `${row} → ${column}: ${found.join(', ')}`;
  });
}

test('the tables have every pod that the chart or the controller makes', () => {
  const rows = new Set(cells().map(({ row }) => row));
  const sources = [...Object.keys(OTHERS), ...Object.keys(PARTS)];
  expect(sources.filter((name) => !rows.has(name))).toEqual([]);
  expect(Object.keys(podsIn(chart.objects(GAFAELFAWR))).toSorted()).toEqual(Object.values(PARTS).toSorted());
});

test('pods reach each other, and what is outside, as the tables say and not otherwise', () => {
  const sites = [siteWith(GAFAELFAWR), siteWith(WITHOUT_GAFAELFAWR)];
  const expected = cells().map(({ row, column, text }) => `${row} → ${column}: ${TEXTS[text]?.join(', ')}`);
  expect(asLines(sites)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(100);
});

test('without network policies everything is reached but labs', () => {
  const { pods, cluster } = siteWith({ ...GAFAELFAWR, networkPolicies: { enabled: false } });
  const closed = cells().filter(({ row, column }) => !reaches({ pods, cluster }, row, column));
  expect(new Set(closed.map(({ column }) => column))).toEqual(new Set(['a lab']));
});

test('every policy is needed, and every rule of it', () => {
  for (const values of [GAFAELFAWR, WITHOUT_GAFAELFAWR]) {
    const site = siteWith(values);
    const { policies } = site.cluster;
    const before = asLines([site]);
    const changes = (changed: typeof policies): boolean => {
      const cluster = { ...site.cluster, policies: changed };
      try {
        return asLines([{ ...site, cluster }]).join() !== before.join();
      } catch {
        return true;
      }
    };
    const unneeded: string[] = [];
    for (const policy of policies.filter(({ metadata }) => metadata.name !== wesley.policy.metadata?.name)) {
      const without = policies.filter((other) => other !== policy);
      if (!changes(without)) unneeded.push(policy.metadata.name);
      for (const direction of ['ingress', 'egress'] as const) {
        for (const [index] of (policy.spec[direction] ?? []).entries()) {
          const rules = policy.spec[direction]?.filter((_rule, other) => other !== index);
          const changed = { ...policy, spec: { ...policy.spec, [direction]: rules } };
          if (!changes([...without, changed])) {
            unneeded.push(`${policy.metadata.name}, ${direction} ${index}`);
          }
        }
      }
    }
    expect(policies.length).toBeGreaterThan(10);
    expect(unneeded).toEqual([]);
  }
});
