import { pathText } from '../../config/diagnostics';
import type { Report, ReportLine } from '../report';
import { emptyAt, isKeyed, type Placed, partAt } from '../values/placed';
import { UnusableFiles } from '../values/read';
import { migratedConfiguration } from './configuration';
import type { Fate, Setting, Site } from './fates';
import { isSection, nameOf, ruleAround, ruleAt, siteOf } from './rules';

/** What the original's chart always makes, and ours by these values. */
const ALWAYS: readonly Setting[] = [
  { path: ['gafaelfawr', 'enabled'], value: true },
  { path: ['gafaelfawr', 'serviceToken', 'enabled'], value: true },
  { path: ['gafaelfawr', 'proxy', 'enabled'], value: true },
  { path: ['hubConfig', 'enabled'], value: true },
];

/** Secret with credentials for the registry, which the original mounts where images come from a Docker registry. */
const PULL_SECRET = 'pull-secret';

/** The values of the original's chart by which its files are told from others. */
const TOP = ['controller', 'jupyterhub', 'hub', 'proxy', 'cloudsql', 'purger', 'cronjob', 'secrets'];

const UNKNOWN =
  "is none of the values of the original's chart that are known here: look whether its templates of that version use it";

/**
 * What becomes of every value of a site, and the values for our chart that follow. In the order of the files, whose names are
 * given; what belongs to no key comes last.
 *
 * @throws UnusableFiles when these are no values of the original's chart.
 */
export function checkValues(placed: Placed, files: readonly string[]): Report {
  if (!TOP.some((key) => placed.parts.has(key))) {
    throw new UnusableFiles(
      `these are no values of the original's chart: they have none of ${TOP.join(', ')}`,
    );
  }
  const site = siteOf(placed.value);
  const lines: ReportLine[] = [];
  const settings: Setting[] = [...ALWAYS];

  const visit = (path: readonly string[], part: Placed): void => {
    const isConfiguration = nameOf(path) === 'controller.config';
    if (isConfiguration && isKeyed(part.value)) return;
    const exact = ruleAt(path);
    if (exact === undefined && isSection(path) && isKeyed(part.value)) {
      for (const [key, inner] of part.parts) visit([...path, key], inner);
      return;
    }
    const rule = exact ?? ruleAround(path);
    const fate: Fate = rule?.(part.value, site, path.at(-1) ?? '') ?? {
      outcome: 'decide',
      advice: isConfiguration || isSection(path) ? 'is not a mapping' : UNKNOWN,
    };
    const { outcome, to = null, advice = null, sets = [] } = fate;
    lines.push({ path: pathText(path), at: part.at, outcome, to, advice });
    settings.push(...sets);
  };
  visit([], placed);

  const repertoireUrl = site('global.repertoireUrl');
  const { lines: ofConfiguration, config } = migratedConfiguration(
    configurationOf(placed),
    typeof repertoireUrl === 'string' ? repertoireUrl : null,
  );
  const isFromDocker = site('controller.config.images.source.type') === 'docker';
  if (isFromDocker) settings.push({ path: ['registryCredentials', 'existingSecret'], value: PULL_SECRET });
  const notes = [...notesOn(site), ...(isFromDocker ? [CREDENTIALS] : []), ...defaultsMissing(site)];
  return {
    lines: [...sorted([...lines, ...ofConfiguration], files), ...notes.map(noted)],
    result: { ...asValues(settings), config },
  };
}

/** The configuration in the values; an empty one if there is none. */
function configurationOf(placed: Placed): Placed {
  const found = partAt(placed, ['controller', 'config']);
  return found !== undefined && isKeyed(found.value) ? found : emptyAt(found?.at ?? placed.at);
}

/** Lines by where they stand. */
function sorted(lines: readonly ReportLine[], files: readonly string[]): ReportLine[] {
  return lines.toSorted(
    (a, b) =>
      files.indexOf(a.at?.file ?? '') - files.indexOf(b.at?.file ?? '') ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0),
  );
}

interface Note {
  readonly to: string;
  readonly advice: string;
}

const noted = ({ to, advice }: Note): ReportLine => ({ path: null, at: null, outcome: 'note', to, advice });

const CREDENTIALS: Note = {
  to: 'registryCredentials.existingSecret',
  advice: `is \`${PULL_SECRET}\`, which the original mounted for the registry, too`,
};

/** What our chart needs and no value of the original says. */
function notesOn(site: Site): Note[] {
  const globals = ['host', 'baseUrl', 'repertoireUrl'].filter(
    (key) => typeof site(`global.${key}`) !== 'string',
  );
  return [
    { to: 'temporal.address, temporal.namespace', advice: 'are new: set them to where Temporal is' },
    { to: 'image', advice: "is new: set it to where this controller's image is" },
    { to: 'gafaelfawr, hubConfig', advice: "are on, since the original's chart makes these objects always" },
    ...(globals.length === 0
      ? []
      : [
          {
            to: globals.map((key) => `global.${key}`).join(', '),
            advice: 'are in none of these files: set them, unless your deployment tool does',
          },
        ]),
  ];
}

/** Sites rely on what the original's chart has by default. */
function defaultsMissing(site: Site): Note[] {
  const isMissing = ['sizes', 'namespacePrefix'].every(
    (key) => site(`controller.config.lab.${key}`) === undefined,
  );
  if (!isMissing || site('controller.config.lab.namespace_prefix') !== undefined) return [];
  return [
    {
      to: 'config.lab',
      advice:
        "lacks the defaults of the original's chart: give that chart's own values.yaml as the first file",
    },
  ];
}

/** Settings as one document; later ones take precedence. */
function asValues(settings: readonly Setting[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { path, value } of settings) {
    const [last = '', ...holders] = path.toReversed();
    let holder = values;
    for (const key of holders.toReversed()) {
      const inner = Object.hasOwn(holder, key) ? holder[key] : undefined;
      // A copy, since what is set may be a part of what was read.
      const next: Record<string, unknown> = isKeyed(inner) ? { ...inner } : {};
      define(holder, key, next);
      holder = next;
    }
    define(holder, last, value);
  }
  return values;
}

/** As an assignment, also for names that objects have a meaning for. */
function define(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}
