import { type Chart, theChart, yamlFile } from '../support/chart';
import { theHubChart } from '../support/hub-chart';
import {
  cells,
  GAFAELFAWR,
  HUB_PARTS,
  networkSection,
  reaches,
  type Site,
  siteOf,
  WITHOUT_GAFAELFAWR,
} from '../support/network-site';

const OIDC = Object(yamlFile('examples/oidc-hub/jupyterhub.yaml'));
const BEHIND_GAFAELFAWR = Object(yamlFile('examples/site/values.yaml')).jupyterhub;

let controller: Chart;
let hub: Chart;

beforeAll(async () => {
  [controller, hub] = await Promise.all([theChart(), theHubChart()]);
});

/** The sites of both charts' values, with Gafaelfawr and without. */
const sites = (more: object = {}): readonly [gafaelfawr: Site, without: Site] => [
  siteOf([...controller.objects(GAFAELFAWR), ...hub.objects(BEHIND_GAFAELFAWR, more)]),
  siteOf([...controller.objects(WITHOUT_GAFAELFAWR), ...hub.objects(OIDC, more)]),
];

const TEXTS: Readonly<Record<string, readonly boolean[]>> = {
  yes: [true, true],
  'without Gafaelfawr': [false, true],
  '': [false, false],
};

const hubCells = () => cells(networkSection('Network of the hub'));

const asLines = (found: readonly Site[], of: ReturnType<typeof cells>): string[] =>
  of.map(
    ({ row, column }) => `${row} → ${column}: ${found.map((site) => reaches(site, row, column)).join(', ')}`,
  );

const expectedLines = (of: ReturnType<typeof cells>): string[] =>
  of.map(({ row, column, text }) => `${row} → ${column}: ${TEXTS[text]?.join(', ')}`);

test('hub and proxy reach others, and are reached, as the table says and not otherwise', () => {
  const table = hubCells();
  expect(Object.keys(HUB_PARTS).filter((name) => !table.some(({ row }) => row === name))).toEqual([]);
  expect(asLines(sites(), table)).toEqual(expectedLines(table));
});

test('what the controller’s own tables say holds with the policies of hub and proxy', () => {
  const tables = cells();
  expect(asLines(sites(), tables)).toEqual(expectedLines(tables));
});

test('each rule that these values add is needed', () => {
  const table = hubCells();
  const before = sites();
  const lines = asLines(before, table).join();
  const unneeded: string[] = [];
  for (const [place, policy] of [
    ['hub', OIDC.hub.networkPolicy],
    ['proxy', OIDC.proxy.chp.networkPolicy],
  ]) {
    for (const direction of ['ingress', 'egress'] as const) {
      for (const index of policy[direction].keys()) {
        const rules = { networkPolicy: { [direction]: policy[direction].toSpliced(index, 1) } };
        const values = place === 'hub' ? { hub: rules } : { proxy: { chp: rules } };
        const without = siteOf([...controller.objects(WITHOUT_GAFAELFAWR), ...hub.objects(OIDC, values)]);
        try {
          if (asLines([before[0], without], table).join() === lines)
            unneeded.push(`${place} ${direction} ${index}`);
        } catch {
          // A part of a column is reached no more.
        }
      }
    }
  }
  expect(unneeded).toEqual([]);
});
