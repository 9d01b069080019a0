import { aDocument, documentProblems, labProblems, parsed, parsedLab } from '../sample-documents';

describe('durations', () => {
  test.each([
    [300, 300_000],
    [0.5, 500],
    ['90', 90_000],
    ['1.5', 1500],
    ['5m', 300_000],
    ['1h 30m', 5_400_000],
    ['1h30min', 5_400_000],
    ['2 days', 172_800_000],
    ['1 week 2d 3hr 4mins 5secs', 788_645_000],
    ['10 seconds', 10_000],
  ])('the duration %p is %p milliseconds', (written, expected) => {
    expect(parsedLab({ spawnTimeout: written }).spawnTimeoutMs).toBe(expected);
  });

  test.each([
    '',
    ' ',
    'PT5M',
    '30m 1h',
    '5 fortnights',
    '-5m',
    '-3',
    -3,
    0,
    '0s',
    '1.5h',
    true,
    [5],
    'Infinity',
  ])('the duration %p is refused', (written) => {
    expect(labProblems({ spawnTimeout: written })).toEqual([
      expect.stringMatching(/^lab\.spawnTimeout: .* is not a duration longer than zero/),
    ]);
  });

  test('a duration of zero is taken where it has a meaning', () => {
    expect(parsed(aDocument({ timeouts: { labStopGracePeriod: 0 } })).config.timeouts).toMatchObject({
      labStopGracePeriodMs: 0,
    });
  });
});

const withLimits = (limits: Record<string, unknown>) => ({
  sizes: [{ size: 'small', resources: { limits, requests: { cpu: '1m', memory: 1 } } }],
});

describe('amounts of CPU', () => {
  test.each([
    [2, 2],
    [0.25, 0.25],
    ['500m', 0.5],
    ['1.5', 1.5],
    ['0.125', 0.125],
    ['3', 3],
  ])('the amount of CPU %p is %p cores', (written, expected) => {
    expect(parsedLab(withLimits({ cpu: written, memory: 10 })).sizes[0]?.resources.limits.cpu).toBe(expected);
  });

  test.each(['0.1234', '', 'one', '1.5m', -1, 0, '0m', '1e3', true])(
    'the amount of CPU %p is refused',
    (written) => {
      expect(labProblems(withLimits({ cpu: written, memory: 10 }))).toEqual([
        expect.stringMatching(
          /^lab\.sizes\[0\]\.resources\.limits\.cpu: .* is not an amount of CPU above zero/,
        ),
      ]);
    },
  );
});

describe('amounts of memory', () => {
  test.each([
    [1024, 1024],
    ['1024', 1024],
    ['3Gi', 3 * 2 ** 30],
    ['3gib', 3 * 2 ** 30],
    ['0.75Gi', 0.75 * 2 ** 30],
    ['500 MB', 500_000_000],
    ['500m', 500_000_000],
    ['1.0000001K', 1000],
    ['2Ti', 2 ** 41],
    ['1P', 10 ** 15],
  ])('the amount of memory %p is %p bytes', (written, expected) => {
    expect(parsedLab(withLimits({ cpu: 1, memory: written })).sizes[0]?.resources.limits.memory).toBe(
      expected,
    );
  });

  test.each(['', '3Xi', 'Gi', -1, 0, '0Gi', 1.5, null, '3 Gi more'])(
    'the amount of memory %p is refused',
    (written) => {
      expect(labProblems(withLimits({ cpu: 1, memory: written }))).toEqual([
        expect.stringMatching(/^lab\.sizes\[0\]\.resources\.limits\.memory: /),
      ]);
    },
  );

  test('a request of memory above its limit is refused', () => {
    const resources = { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: 2, memory: '1Gi' } };
    expect(labProblems({ sizes: [{ size: 'small', resources }] })).toEqual([
      'lab.sizes[0].resources.requests.cpu: 2 is more than the limit 1',
    ]);
  });
});

describe('booleans', () => {
  test.each([
    [true, true],
    ['yes', true],
    ['On', true],
    [1, true],
    ['0', false],
    ['FALSE', false],
    ['off', false],
    ['no', false],
  ])('the boolean %p is %p', (written, expected) => {
    expect(parsedLab({ standardInithome: written }).standardInithome).toBe(expected);
  });

  test.each(['maybe', 2, '', []])('the boolean %p is refused', (written) => {
    expect(labProblems({ standardInithome: written })).toEqual([
      expect.stringMatching(/^lab\.standardInithome: .* is not a boolean/),
    ]);
  });

  test('only a real boolean switches file servers on or off', () => {
    expect(documentProblems({ fileserver: { enabled: 'yes' } })).toEqual([
      'fileserver.enabled: "yes" is not one of true, false',
    ]);
  });
});

describe('strings and integers', () => {
  test('numbers and booleans are not taken for strings', () => {
    expect(documentProblems({ name: 5, supportImage: { repository: 'r', tag: 1 } })).toEqual([
      'name: 5 is not a string',
      'supportImage.tag: 1 is not an image tag',
    ]);
  });

  test('an integer may be a numeric string but has a lowest value', () => {
    const images = { source: { type: 'docker', repository: 'r' }, numReleases: '7' };
    expect(parsed(aDocument({ images })).config.images.numReleases).toBe(7);
    expect(documentProblems({ images: { ...images, numReleases: -1, numDailies: '1.5' } })).toEqual([
      'images.numReleases: -1 is not an integer of at least 0',
      'images.numDailies: "1.5" is not an integer of at least 0',
    ]);
  });

  test('null is refused unless the key is nullable', () => {
    expect(labProblems({ application: null, spawnTimeout: null })).toEqual([
      'lab.spawnTimeout: null is not allowed here; leave the key out',
    ]);
  });

  test('log levels are read in any case', () => {
    expect(parsed(aDocument({ logLevel: 'warning' })).config.logLevel).toBe('WARNING');
    expect(documentProblems({ logLevel: 'loud' })).toEqual([
      'logLevel: "loud" is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL',
    ]);
  });

  test('a home directory prefix loses its last slashes and must be below the root', () => {
    expect(parsedLab({ homedirPrefix: '/u/home//', homedirSuffix: '/x/' })).toMatchObject({
      homedirPrefix: '/u/home',
      homedirSuffix: 'x',
    });
    expect(labProblems({ homedirPrefix: '/' })).toEqual([
      'lab.homedirPrefix: "/" is not an absolute path below /',
    ]);
  });
});
