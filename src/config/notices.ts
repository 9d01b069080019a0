import { allMounts, allVolumes } from './all-volumes';
import { type Diagnostic, diagnosticOf, type Finding } from './diagnostics';
import { ambiguousMemory, ignoredKeys } from './document-notices';
import { type Environment, OWN_REPOSITORY } from './environment';
import { unservedFileServers } from './file-server';
import { refusals } from './kubernetes-notices';
import { ineffectiveTolerations, labInformation, labOddities } from './lab-notices';
import type { FileConfig } from './schema';
import { isMapping } from './section';

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

function menuOddities({ dropdownMenu }: FileConfig): Finding[] {
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

/** Versions have nothing to do with images that are named by week or day. */
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

function environmentOddities(document: Record<string, unknown>, environment: Environment): Finding[] {
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
export function noticesOf(document: unknown, config: FileConfig, environment: Environment): Diagnostic[] {
  const { lab, fileserver, fsadmin } = config;
  const warnings = [
    ...ignoredKeys(document),
    ...ambiguousMemory(document),
    ...inLab(labOddities(lab)),
    ...unusedVolumes(config),
    ...(fileserver.enabled
      ? ineffectiveTolerations(fileserver.tolerations, ['fileserver', 'tolerations'])
      : []),
    ...ineffectiveTolerations(fsadmin.tolerations, ['fsadmin', 'tolerations']),
    ...refusals(config),
    ...menuOddities(config),
    ...versionsOfDatedImages(config),
    ...unservedFileServers(config),
    ...environmentOddities(isMapping(document) ? document : {}, environment),
  ];
  return [
    ...warnings.map((finding) => diagnosticOf('warning', finding)),
    ...inLab(labInformation(lab)).map((finding) => diagnosticOf('info', finding)),
  ];
}
