import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAB_STATUSES } from '../../../../src/domain/lab';
import {
  FIRST_PHASES,
  type LabEvent,
  nextPhase,
  STATUS_AFTER,
  TRANSITIONS,
} from '../../../../src/workflows/lab/machine';

const page = readFileSync(join(__dirname, '../../../../docs/architecture.md'), 'utf8');
const [, diagram = ''] = /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(page) ?? [];

/** An arrow of the diagram: `from --> to : events (what they mean)`. */
const ARROW = /^ {2}(\S+) --> (\S+) : ([^(\n]*)(?: \(.*\))?$/;

const arrows = diagram
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [, from, to, label = ''] = ARROW.exec(line) ?? [];
    return { from, to, label: label.trim() };
  });

test('the diagram of the page has an arrow for each first phase', () => {
  const drawn = arrows.filter(({ from }) => from === '[*]').map(({ to, label }) => [to, label]);

  expect(Object.fromEntries(drawn)).toEqual(FIRST_PHASES);
});

test('the diagram of the page has an arrow for each transition, and no other', () => {
  const drawn = arrows
    .filter(({ from }) => from !== '[*]')
    .flatMap(({ from, to, label }) =>
      label.split(', ').map((event) => `${from} ${event} ${to === '[*]' ? 'closed' : to}`),
    );
  const coded = Object.entries(TRANSITIONS).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `${from} ${event} ${to}`),
  );

  expect(drawn.toSorted()).toEqual(coded.toSorted());
});

test.each(['spawn', 'monitor', 'run', 'ended', 'shutdown', 'removal'] as const)(
  'phase %s leads with each of its events to the next phase, and with any order to the phase that carries it out',
  (phase) => {
    for (const [event, next] of Object.entries(TRANSITIONS[phase])) {
      expect([event, nextPhase(phase, event as LabEvent)]).toEqual([event, next]);
    }
    expect(nextPhase(phase, 'spawnOrdered')).toBe('spawn');
    expect(nextPhase(phase, 'shutdownOrdered')).toBe('shutdown');
  },
);

test('an event that a phase cannot end with leads nowhere', () => {
  expect(() => nextPhase('run', 'namespaceRemoved')).toThrow('phase run of a lab cannot end with');
});

test('every status that callers can see follows some event', () => {
  expect([...new Set(Object.values(STATUS_AFTER))]).toEqual(expect.arrayContaining([...LAB_STATUSES, null]));
});
