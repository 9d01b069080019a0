import { type HubFact, hubViolationsOf, isAtRest, type LabFact } from '../../../../bench/hub/checker';
import { fateOf } from '../../../../bench/hub/fates';

const URL = 'http://127.80.0.7:8888/nb/user/nova/';
const SERVER = { isReady: true, pending: null, internalUrl: URL };
const HUB: HubFact = {
  username: 'nova',
  server: SERVER,
  route: 'http://127.80.0.7:8888',
  answeredBy: '127.80.0.7',
};
const NOTHING: HubFact = { username: 'nova', server: null, route: null, answeredBy: null };
const LAB: LabFact = { username: 'nova', status: 'running', internalUrl: URL };
const NO_LAB: LabFact = { username: 'nova', status: null, internalUrl: null };

const violations = (hub: HubFact, lab: LabFact) =>
  hubViolationsOf([hub], [lab]).map(({ kind, message }) => `${kind}: ${message}`);

test('a lab that hub, proxy and controller have alike is no violation, nor is none', () => {
  expect(violations(HUB, LAB)).toEqual([]);
  expect(violations(NOTHING, NO_LAB)).toEqual([]);
});

test('a lab that the hub does not have is orphaned', () => {
  expect(violations(NOTHING, LAB)).toEqual(['orphaned: the hub knows nothing of a lab that is running']);
});

test.each<[string, HubFact, LabFact, string]>([
  ['a server without a lab', HUB, NO_LAB, 'untrue: a server without a lab'],
  ['a server that is not ready', { ...HUB, server: { ...SERVER, isReady: false } }, LAB, 'untrue: not ready'],
  [
    'a route elsewhere',
    { ...HUB, route: 'http://127.80.0.8:8888' },
    LAB,
    'untrue: a route to http://127.80.0.8',
  ],
  [
    'a route without a lab',
    { ...NOTHING, route: 'http://127.80.0.7:8888' },
    NO_LAB,
    'untrue: a route to http',
  ],
  ['an answer from elsewhere', { ...HUB, answeredBy: '127.80.0.8' }, LAB, 'untrue: answered by 127.80.0.8'],
  ['no answer', { ...HUB, answeredBy: null }, LAB, 'untrue: answered by null'],
  [
    'a URL of an earlier lab',
    { ...HUB, server: { ...SERVER, internalUrl: null } },
    LAB,
    'untrue: at null by',
  ],
])('%s is a violation', (_what, hub, lab, message) => {
  const said = violations(hub, lab);

  expect(said).toEqual([expect.stringContaining(message)]);
});

test('a hub that is about to do something is not at rest, nor is a lab on its way', () => {
  expect(isAtRest(HUB, LAB)).toBe(true);
  expect(isAtRest({ ...HUB, server: { ...SERVER, pending: 'stop' } }, LAB)).toBe(false);
  expect(isAtRest(NOTHING, { ...LAB, status: 'terminating' })).toBe(false);
});

test.each([
  ['ready', HUB, LAB, true, true],
  ['adopted', HUB, LAB, false, true],
  ['forgotten', NOTHING, LAB, false, true],
  ['unheard', NOTHING, NO_LAB, false, false],
  ['lost', NOTHING, NO_LAB, false, true],
  ['lost', NOTHING, NO_LAB, true, true],
  ['lost', HUB, NO_LAB, false, false],
] as const)('the fate of a lab is %s', (fate, hub, lab, wasReady, wasMade) => {
  expect(fateOf(hub, lab, { wasReady, wasMade })).toBe(fate);
});
