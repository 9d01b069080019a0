import type { ImageTag, TagVersion } from './image-tag';

type Groups = Readonly<Partial<Record<string, string>>>;

/** What the main part of a tag says; suffixes add the rest. */
type Core = Pick<ImageTag, 'type' | 'displayName' | 'version' | 'isSemantic' | 'base' | 'date'>;

interface Form {
  readonly pattern: RegExp;
  /** Null if the tag only looks like one of this form. */
  readonly read: (groups: Groups) => Core | null;
}

/** No more digits than a number can hold exactly. */
const NUMBER = '\\d{1,15}';
const ARCHITECTURE = '(?:-(?<architecture>[a-z0-9]+))?';
const SUFFIXES =
  `(?:_c(?<cycle>${NUMBER})\\.(?<cycleBuild>${NUMBER}))?(?:_rsp(?<build>${NUMBER}))?` +
  `(?:_(?<extra>.+?))?${ARCHITECTURE}`;
const SEMANTIC = `r(?<major>${NUMBER})_(?<minor>${NUMBER})_(?<patch>${NUMBER})`;

const whole = (pattern: string) => new RegExp(`^${pattern}$`, 's');
const asNumber = (text: string | undefined) => (text === undefined ? null : Number(text));

/** Candidates come first, or theirs would be an extra of a release. */
const FORMS: readonly Form[] = [
  { pattern: whole(`${SEMANTIC}_rc(?<candidate>${NUMBER})${SUFFIXES}`), read: readSemantic },
  { pattern: whole(`${SEMANTIC}${SUFFIXES}`), read: readSemantic },
  { pattern: whole('r(?<major>\\d\\d)(?<minor>\\d)'), read: readSemantic },
  { pattern: whole(`w_(?<year>${NUMBER})_(?<week>${NUMBER})${SUFFIXES}`), read: readWeekly },
  {
    pattern: whole(`d_(?<year>${NUMBER})_(?<month>${NUMBER})_(?<day>${NUMBER})${SUFFIXES}`),
    read: readDaily,
  },
];

const OTHERS: readonly RegExp[] = [
  whole(`(?<base>.*?)_c(?<cycle>${NUMBER})${ARCHITECTURE}`),
  whole(`(?<base>.*?)${ARCHITECTURE}`),
];

/** As many prefixes as leave something to be prefixed. */
const EXPERIMENTAL = /^(?:exp_(?=.))*/s;
const PREFIX_LENGTH = 'exp_'.length;

const DEFAULT_TAG = 'latest';

/** Reads any tag; what has no other form is of type Unknown. An empty tag is `latest`. */
export function parseTag(tag: string): ImageTag {
  const written = tag || DEFAULT_TAG;
  const [prefixes = ''] = EXPERIMENTAL.exec(written) ?? [];
  const rest = parsePlain(written.slice(prefixes.length));
  if (prefixes === '') return rest;
  const displayName = 'Experimental '.repeat(prefixes.length / PREFIX_LENGTH) + rest.displayName;
  return { ...rest, tag: written, type: 'Experimental', displayName };
}

/** Reads a tag that is known to be an alias, such as `recommended`, whatever it looks like. */
export function aliasTag(tag: string): ImageTag {
  return otherTag(tag || DEFAULT_TAG, 'Alias', aliasName);
}

/** How people are shown the base of an alias: `latest_weekly` as `Latest Weekly`. */
export function aliasName(base: string): string {
  return base
    .replaceAll('_', ' ')
    .toLowerCase()
    .replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}

function parsePlain(tag: string): ImageTag {
  for (const { pattern, read } of FORMS) {
    const groups = pattern.exec(tag)?.groups;
    const core = groups && read(groups);
    if (core) return tagOf(tag, core, groups);
  }
  return otherTag(tag, 'Unknown', (base) => base);
}

function otherTag(tag: string, type: 'Alias' | 'Unknown', nameOf: (base: string) => string): ImageTag {
  const groups: Groups = OTHERS.map((pattern) => pattern.exec(tag)?.groups).find(Boolean) ?? {};
  const base = groups['base'] ?? tag;
  const displayName = nameOf(base);
  return tagOf(tag, { type, displayName, version: null, isSemantic: false, base, date: null }, groups);
}

function tagOf(tag: string, core: Core, groups: Groups): ImageTag {
  return {
    tag,
    ...core,
    displayName: core.displayName + suffixNames(groups),
    cycle: asNumber(groups['cycle']),
    cycleBuild: asNumber(groups['cycleBuild']),
    build: asNumber(groups['build']),
    architecture: groups['architecture'] ?? null,
    extra: groups['extra'] ?? null,
  };
}

function suffixNames({ cycle, cycleBuild, build, extra, architecture }: Groups): string {
  const ofCycle = cycleBuild === undefined ? '' : `, Build ${cycleBuild}`;
  return [
    cycle === undefined ? '' : ` (SAL Cycle ${cycle}${ofCycle})`,
    build === undefined ? '' : ` (RSP Build ${build})`,
    extra === undefined ? '' : ` [${extra}]`,
    architecture === undefined ? '' : ` [${architecture}]`,
  ].join('');
}

const versionOf = (major: number, minor: number, patch: number, candidate: number | null): TagVersion => ({
  major,
  minor,
  patch,
  candidate,
});

function readSemantic({ major, minor, patch = '0', candidate }: Groups): Core {
  const version = versionOf(Number(major), Number(minor), Number(patch), asNumber(candidate));
  const numbers = `r${version.major}.${version.minor}.${version.patch}`;
  const [type, displayName] =
    candidate === undefined
      ? (['Release', `Release ${numbers}`] as const)
      : (['Release Candidate', `Release Candidate ${numbers}-rc${candidate}`] as const);
  return { type, displayName, version, isSemantic: true, base: null, date: null };
}

function readWeekly({ year, week }: Groups): Core | null {
  const date = thursdayOf(Number(year), Number(week));
  const version = versionOf(Number(year), Number(week), 0, null);
  const displayName = `Weekly ${year}_${week}`;
  return date === null ? null : { type: 'Weekly', displayName, version, isSemantic: false, base: null, date };
}

function readDaily({ year, month, day }: Groups): Core | null {
  const date = dayOf(Number(year), Number(month), Number(day));
  const version = versionOf(Number(year), Number(month), Number(day), null);
  const displayName = `Daily ${year}_${month}_${day}`;
  return date === null ? null : { type: 'Daily', displayName, version, isSemantic: false, base: null, date };
}

/** Years that dates in tags can have. */
const isYear = (year: number) => year >= 1 && year <= 9999;

/** `Date.UTC` takes the years below 100 for those of the twentieth century. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

const asText = (date: Date) => date.toISOString().slice(0, 10);

/** A day as `yyyy-mm-dd`; null if the calendar has no such day. */
function dayOf(year: number, month: number, day: number): string | null {
  if (!isYear(year) || month < 1 || month > 12 || day < 1 || day > 31) return null;
  const date = utcDay(year, month, day);
  return date.getUTCDate() === day ? asText(date) : null;
}

/** The Thursday of an ISO week as `yyyy-mm-dd`; null if the year has no such week. */
function thursdayOf(year: number, week: number): string | null {
  if (!isYear(year) || week < 1 || week > 53) return null;
  // Week 1 is the one with January 4; a week belongs to the year of its Thursday.
  const isoWeekday = utcDay(year, 1, 4).getUTCDay() || 7;
  const thursday = utcDay(year, 1, 4 + 4 - isoWeekday + 7 * (week - 1));
  return thursday.getUTCFullYear() === year ? asText(thursday) : null;
}

/**
 * Tags of what is stored beside images and is none: signatures, attestations and bills of materials of an image by its
 * digest (`sha256-<hex>.sig`), and the list of what refers to an image (`sha256-<hex>`) of registries without an API
 * for that.
 */
const ARTIFACT = /^sha(?:256|384|512)-[0-9a-f]{40,128}(?:[.-][\w.-]+)?$/;

/** Whether a tag names something that is stored beside an image. */
export function isArtifactTag(tag: string): boolean {
  return ARTIFACT.test(tag);
}
