import { check, type Diagnostics } from 'recheck';
import { completeInLinearTime } from '../../support/linear-time';
import { type Expression, expressionsOfSource } from './regular-expressions';

const { literals, composing } = expressionsOfSource();

/** Expressions that are made of text: which text, and why matching takes linear time. */
const COMPOSED: Readonly<Record<string, string>> = {
  'api/plugins/error-answers.ts': "of the routes' own paths; one part matches up to the next slash",
  'config/documents/yaml.ts': 'of the tags of the YAML library, for the configuration, which operators write',
  'config/schema/quantities.ts': 'for durations of the configuration, which operators write',
  'config/schema/scalars.ts': 'for integers of the configuration, which operators write',
  'domain/images/tag-grammar.ts': 'analysed below',
  'domain/urls.ts': 'analysed below',
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

type Attack = Extract<Diagnostics, { readonly status: 'vulnerable' }>['attack'];

/** Whether a text made by repeating the parts of an attack a million times is searched to its end. */
function isSearchedToEnd({ pattern, flags }: Expression, { pumps, suffix }: Attack): boolean {
  const text = pumps.map(({ prefix, pump }) => prefix + pump.repeat(1_000_000)).join('') + suffix;
  try {
    completeInLinearTime(() => new RegExp(pattern, flags).test(text));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

/**
 * The worst text for an expression, where it takes more than linear time; null where none is found. What is found by
 * trial, because an expression cannot be turned into an automaton, counts if it shows.
 */
async function attackOn(expression: Expression): Promise<string | null> {
  const { pattern, flags } = expression;
  const diagnosis = await check(pattern, flags, { timeout: 120_000, randomSeed: 1 });
  if (diagnosis.status === 'unknown') throw new Error(`${pattern} could not be analysed`);
  if (diagnosis.status === 'safe') return null;
  const { attack, checker } = diagnosis;
  return checker === 'automaton' || !isSearchedToEnd(expression, attack) ? attack.pattern : null;
}

test('the analysis finds an expression that takes quadratic time', async () => {
  expect(await attackOn({ file: '', pattern: '\\bgt-[\\w-]{10,}\\.[\\w-]{10,}', flags: 'g' })).toMatch(
    /gt-/i,
  );
  expect(await attackOn({ file: '', pattern: '\\s+$', flags: '' })).not.toBeNull();
});

test('the expressions of the source are found', () => {
  expect(literals.length).toBeGreaterThan(100);
  expect(composing).toEqual(Object.keys(COMPOSED));
});

test.each(literals)('$file: /$pattern/$flags takes linear time', async (expression) => {
  expect(await attackOn(expression)).toBeNull();
});

test.each(['domain/images/tag-grammar.ts', 'domain/urls.ts'].flatMap(composedBy))(
  '$file: $pattern takes linear time',
  async (expression) => {
    expect(await attackOn(expression)).toBeNull();
  },
);
