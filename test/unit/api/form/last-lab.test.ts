import { isUnexpectedEnd, lastLabSection } from '../../../../src/api/form/fragment';
import { toText } from '../../../../src/api/http/html';
import { FAILURE_REASONS } from '../../../../src/domain/lab-end';
import type { LabLife } from '../../../../src/domain/lab-history';
import { aLife } from '../../../support/lab-life';
import { elementsOf } from '../../../support/parsed-html';

const by = (kind: 'user' | 'hub' | 'operator') => ({ kind, name: null });

const noticeOf = (changes: Partial<LabLife>) => elementsOf(toText(lastLabSection(aLife(changes))));

const textOf = (changes: Partial<LabLife>, wanted: string) =>
  noticeOf(changes).find(({ name }) => name === wanted)?.text;

test.each<[boolean, Partial<LabLife>]>([
  [true, { outcome: 'failed' }],
  [true, { outcome: 'lost' }],
  [true, { outcome: 'stopped', endedBy: by('operator') }],
  [false, { outcome: 'stopped', endedBy: by('hub') }],
  [false, { outcome: 'exited', endedBy: by('user') }],
  [false, { outcome: 'running', endedBy: null }],
  [false, { outcome: 'pending', endedBy: null }],
  [false, { outcome: 'stopping', endedBy: by('operator') }],
  [false, { outcome: 'unknown', endedBy: null }],
])('it is %s that a user sees %j', (isTold, changes) => {
  expect(isUnexpectedEnd(aLife(changes))).toBe(isTold);
});

test('the notice has the end, its reason, its time and the image, under its own heading', () => {
  const [section, heading, words, facts, time, code] = noticeOf({});

  expect(section?.attributes['aria-labelledby']).toBe(heading?.attributes['id']);
  expect(heading).toMatchObject({ name: 'h2', text: 'Your last lab was evicted from its node' });
  expect(words?.text).toBe('The lab was evicted from its node: low on memory. Start it again.');
  expect(facts?.text).toBe('2077-10-23 09:47 UTC, image sketchbook:w_2077_44');
  expect(time?.attributes['datetime']).toBe('2077-10-23T09:47:00.000Z');
  expect(code?.text).toBe('sketchbook:w_2077_44');
});

test.each(FAILURE_REASONS)('%s has a heading', (reason) => {
  expect(textOf({ reason }, 'h2')).toMatch(/^Your last lab /);
});

describe('a full home directory', () => {
  const linksOf = (changes: Partial<LabLife>, filesUrl: string | null) =>
    elementsOf(toText(lastLabSection(aLife(changes), { canStart: true, filesUrl }))).filter(
      ({ name }) => name === 'a',
    );

  test('leads to the files in it, where there are file servers', () => {
    const [link] = linksOf({ reason: 'HomeFull' }, 'https://data.example/files?a="b"');
    expect(link?.text).toBe('Open your files in a new tab');
    expect(link?.attributes).toMatchObject({ href: 'https://data.example/files?a="b"', rel: 'noopener' });
  });

  test('leads nowhere without them, nor does another end', () => {
    expect(linksOf({ reason: 'HomeFull' }, null)).toEqual([]);
    expect(linksOf({ reason: 'OutOfMemory' }, 'https://data.example/files')).toEqual([]);
  });
});

test('the operators’ words are theirs', () => {
  const changes = { outcome: 'stopped', endedBy: by('operator'), reason: null } as const;

  expect(textOf({ ...changes, message: 'node maintenance' }, 'h2')).toBe(
    'Your last lab was ended by the operators',
  );
  expect(textOf({ ...changes, message: 'node maintenance' }, 'p')).toBe('node maintenance');
  expect(noticeOf({ ...changes, message: null }).filter(({ name }) => name === 'p')).toHaveLength(1);
});

test('no word of the cluster or the operators becomes markup', () => {
  const hostile = '<script>alert("1")</script>';
  const elements = noticeOf({ message: hostile, image: `registry.test/${hostile}` });

  expect(elements.map(({ name }) => name)).toEqual(['section', 'h2', 'p', 'p', 'time', 'code']);
  expect(elements[2]?.text).toBe(hostile);
});
