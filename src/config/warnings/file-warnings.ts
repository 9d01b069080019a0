import type { FileConfig } from '../config-file';
import { type Diagnostic, diagnosticOf, type Finding } from '../diagnostics';
import type { JsonSchema } from '../documents/json-schema';
import { visitDocument } from '../documents/json-schema';
import { type Environment, OWN_REPOSITORY } from '../environment';
import { camelCase, isMapping } from '../schema/section';
import { allMounts, allVolumes, kubernetesWarnings } from './kubernetes-warnings';
import { ineffectiveTolerations, labInformation, labWarnings } from './lab-warnings';

/** Keys that deployed files carry and nothing uses. */
function ignoredKeys(document: unknown): Finding[] {
  const findings: Finding[] = [];
  visitDocument(document, ({ path, schema, parent }) => {
    const key = path.at(-1);
    const isUnknown = typeof key === 'string' && !Object.hasOwn(parent?.properties ?? {}, camelCase(key));
    if (parent?.['x-ignores-unknown-keys'] && isUnknown) {
      findings.push({
        path,
        rule: 'ignored-key',
        message: 'is ignored',
        remedy: 'Remove the key; nothing reads it.',
      });
    } else if (schema?.deprecated) {
      findings.push({ path, rule: 'ignored-key', message: whyIgnored(schema), remedy: 'Remove the key.' });
    }
  });
  return findings;
}

/** The text of a deprecated key's description after "Ignored: ". */
function whyIgnored({ description = '' }: JsonSchema): string {
  return `is ignored; ${description.replace(/^Ignored: /, '').replace(/\.$/, '')}`;
}

/** Amounts such as `500m`, which mean megabytes here and thousandths in Kubernetes. */
function ambiguousMemory(document: unknown): Finding[] {
  const findings: Finding[] = [];
  visitDocument(document, ({ path, value, schema }) => {
    if (schema?.['x-unit'] === 'bytes' && typeof value === 'string' && /\d\s*m$/.test(value)) {
      findings.push({
        path,
        value: `"${value}"`,
        rule: 'ambiguous',
        message: `"${value}" is read as megabytes; write M or Mi`,
        remedy: 'Write M for millions of bytes, or Mi for mebibytes.',
      });
    }
  });
  return findings;
}

function unusedVolumes(config: FileConfig): Finding[] {
  const used = new Set(allMounts(config).map(({ volumeName }) => volumeName));
  return allVolumes(config).flatMap(({ name, path }): Finding[] =>
    used.has(name)
      ? []
      : [
          {
            path: [...path, 'name'],
            value: `"${name}"`,
            rule: 'no-effect',
            message: `"${name}" is mounted nowhere`,
            remedy: 'Mount the volume, or remove it.',
          },
        ],
  );
}

function menuWarnings({ dropdownMenu }: FileConfig): Finding[] {
  return Object.entries(dropdownMenu).flatMap(([category, { number }]): Finding[] =>
    number === 0
      ? [
          {
            path: ['dropdownMenu', category, 'number'],
            value: '0',
            rule: 'ambiguous',
            message: '0 means no limit, not none',
            remedy: 'Leave the key out for no limit; to offer none, give a cutoff that no image passes.',
          },
        ]
      : [],
  );
}

/** `cutoffVersion` does not apply to images that are named by week or day. */
function versionsOfDatedImages({ dropdownMenu }: FileConfig): Finding[] {
  return (['weekly', 'daily'] as const).flatMap((category): Finding[] =>
    dropdownMenu[category].cutoffVersion === null
      ? []
      : [
          {
            path: ['dropdownMenu', category, 'cutoffVersion'],
            value: `"${dropdownMenu[category].cutoffVersion}"`,
            rule: 'former-format',
            message: 'has no effect on images named by week or day since Nublado 13.0',
            remedy: 'Write cutoffDate or age instead.',
          },
        ],
  );
}

/** A warning for file servers behind Gafaelfawr in an installation that does not use it. */
function routingWithoutGafaelfawr({ auth, fileserver }: FileConfig): Finding[] {
  if (!fileserver.enabled || fileserver.ingress.type !== 'gafaelfawr' || auth.type === 'gafaelfawr')
    return [];
  return [
    {
      path: ['fileserver', 'ingress', 'type'],
      value: '"gafaelfawr"',
      rule: 'unusual',
      message: `"gafaelfawr" with auth.type ${auth.type}; without Gafaelfawr no file server gets an address`,
      remedy: 'Choose ingress or httpRoute, which need auth.type jupyterhub.',
    },
  ];
}

function environmentWarnings(document: Record<string, unknown>, environment: Environment): Finding[] {
  const hasSupportImage = 'supportImage' in document || 'support_image' in document;
  const isImageKnown = hasSupportImage || environment.NUBLADO_CONTROLLER_REPOSITORY;
  const ignored = (['SENTRY_DSN', 'METRICS_ENABLED'] as const).filter((name) => environment[name]);
  return [
    ...(isImageKnown
      ? []
      : [
          {
            path: ['NUBLADO_CONTROLLER_REPOSITORY'],
            rule: 'unusual' as const,
            message: `is not set; the support image is ${OWN_REPOSITORY}, which nodes can pull from no registry`,
            remedy:
              "Set it to the repository that the controller's own image is pulled from, or set supportImage.",
          },
        ]),
    ...ignored.map((name) => ({
      path: [name],
      rule: 'no-effect' as const,
      message: 'is ignored; this version reports errors in its log and serves metrics at /metrics',
      remedy: 'Unset the variable.',
    })),
  ];
}

const inLab = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, path: ['lab', ...finding.path] }));

/**
 * What an operator should know of a usable configuration: ignored keys, settings that will not do what they
 * seem to, and information. `document` is the file as it was written.
 */
export function warningsOf(document: unknown, config: FileConfig, environment: Environment): Diagnostic[] {
  const { lab, fileserver, fsadmin } = config;
  const warnings = [
    ...ignoredKeys(document),
    ...ambiguousMemory(document),
    ...inLab(labWarnings(lab)),
    ...unusedVolumes(config),
    ...(fileserver.enabled
      ? ineffectiveTolerations(fileserver.tolerations, ['fileserver', 'tolerations'])
      : []),
    ...ineffectiveTolerations(fsadmin.tolerations, ['fsadmin', 'tolerations']),
    ...kubernetesWarnings(config),
    ...menuWarnings(config),
    ...versionsOfDatedImages(config),
    ...routingWithoutGafaelfawr(config),
    ...environmentWarnings(isMapping(document) ? document : {}, environment),
  ];
  return [
    ...warnings.map((finding) => diagnosticOf('warning', finding)),
    ...inLab(labInformation(lab)).map((finding) => diagnosticOf('info', finding)),
  ];
}
