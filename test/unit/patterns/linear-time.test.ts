import { check } from 'recheck';
import { type Expression, expressionsOfSource } from './regular-expressions';

const { literals, composing } = expressionsOfSource();

/** Expressions that are made of text: which text, and why matching takes linear time. */
const COMPOSED: Readonly<Record<string, string>> = {
  'api/plugins/unknown-paths.ts': "of the routes' own paths; one part matches up to the next slash",
  'config/quantities.ts': 'for durations of the configuration, which operators write',
  'config/yaml.ts': 'of the tags of the YAML library, for the configuration, which operators write',
  'domain/images/tag-grammar.ts': 'analysed below',
};

/** Every expression that a module makes while it is loaded. */
function composedBy(path: string): Expression[] {
  const made: Expression[] = [];
  const Original = globalThis.RegExp;
  globalThis.RegExp = new Proxy(Original, {
    construct(target, [pattern, flags = '']: [string, string?]) {
      made.push({ file: path, pattern, flags });
      return new target(pattern, flags);
    },
  });
  try {
    jest.isolateModules(() => void require(`../../../src/${path}`));
  } finally {
    globalThis.RegExp = Original;
  }
  return made;
}

/** The worst text for an expression, where it takes more than linear time; null where none is found. */
async function attackOn({ pattern, flags }: Expression): Promise<string | null> {
  const diagnosis = await check(pattern, flags, { timeout: 120_000 });
  if (diagnosis.status === 'unknown') throw new Error(`${pattern} could not be analysed`);
  return diagnosis.status === 'vulnerable' ? diagnosis.attack.pattern : null;
}

test('the analysis finds an expression that takes quadratic time', async () => {
  expect(await attackOn({ file: '', pattern: '\\bgt-[\\w-]{10,}\\.', flags: 'g' })).toMatch(/gt-/i);
  expect(await attackOn({ file: '', pattern: '\\s+$', flags: '' })).not.toBeNull();
});

test('the expressions of the source are found', () => {
  expect(literals.length).toBeGreaterThan(100);
  expect(composing).toEqual(Object.keys(COMPOSED));
});

test.each(literals)('$file: /$pattern/$flags takes linear time', async (expression) => {
  expect(await attackOn(expression)).toBeNull();
});

test.each(composedBy('domain/images/tag-grammar.ts'))(
  '$file: $pattern takes linear time',
  async (expression) => {
    expect(await attackOn(expression)).toBeNull();
  },
);
