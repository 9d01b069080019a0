import { isKeyed } from '../values/placed';
import { asked, type Fate, left, moved, type Rule, type Site, setting } from './fates';

const isOn = (site: Site): boolean => site('purger.enabled') === true;

/** A rule that counts only where the original purges. */
const whilePurging =
  (rule: Rule): Rule =>
  (value, site, name) =>
    isOn(site) ? rule(value, site, name) : { outcome: 'ignored', advice: 'purging is off' };

const PLACEMENT =
  'the CronJob goes where the controller goes: set `nodeSelector`, `tolerations` and `affinity`';

const enabled: Rule = (value) =>
  value === true
    ? {
        outcome: 'decide',
        to: 'purge.enabled',
        advice: 'its first runs only report: set `purge.command` to `execute` once a report is right',
        sets: [setting('purge.enabled', true), setting('purge.command', 'report')],
      }
    : { outcome: 'ignored', advice: 'purging is off' };

/** The volume of labs with that name, as a pod has it; null for kinds that a CronJob cannot share with labs. */
function podVolume(name: string, site: Site): Record<string, unknown> | null {
  const volumes = site('controller.config.lab.volumes');
  const volume: unknown = (Array.isArray(volumes) ? volumes : []).find(
    (volume: unknown) => isKeyed(volume) && volume['name'] === name,
  );
  const source: unknown = isKeyed(volume) ? volume['source'] : undefined;
  if (!isKeyed(source)) return null;
  const { type, server, path } = source;
  const serverPath = source['serverPath'] ?? source['server_path'];
  if (type === 'nfs' && typeof server === 'string' && typeof serverPath === 'string') {
    return { name, nfs: { server, path: serverPath } };
  }
  return type === 'hostPath' && typeof path === 'string' ? { name, hostPath: { path } } : null;
}

/** The directory of the pod's root in which all directories of the policy are; null if there is no such one. */
function commonTop(site: Site): string | null {
  const directories = site('purger.policy.directories');
  const tops = (Array.isArray(directories) ? directories : []).map((directory: unknown) => {
    const path: unknown = isKeyed(directory) ? directory['path'] : undefined;
    return typeof path === 'string' && path.startsWith('/') ? (path.split('/')[1] ?? '') : '';
  });
  const [top = ''] = tops;
  return top !== '' && tops.every((other) => other === top) ? `/${top}` : null;
}

const volumeName: Rule = (value, site): Fate => {
  const to = 'purge.volumes, purge.volumeMounts';
  const volume = typeof value === 'string' ? podVolume(value, site) : null;
  const mountPath = commonTop(site);
  if (volume === null || mountPath === null) {
    return {
      outcome: 'decide',
      to,
      advice:
        volume === null
          ? 'is no NFS or host volume of `controller.config.lab.volumes`: write it there as a pod has it'
          : 'directories of the policy have no common beginning: mount the volume where they are',
    };
  }
  return {
    outcome: 'renamed',
    to,
    advice: `mounted at ${mountPath}, as the policy says`,
    sets: [
      setting('purge.volumes', [volume]),
      setting('purge.volumeMounts', [{ name: volume['name'], mountPath }]),
    ],
  };
};

/** What becomes of the values of the original's purger. */
export const PURGE_RULES: readonly (readonly [path: string, rule: Rule])[] = [
  ['purger.enabled', enabled],
  ['purger.schedule', whilePurging(moved('purge.schedule', 'a text', 'in UTC'))],
  ['purger.config', whilePurging(moved('purge.config', 'a mapping'))],
  ['purger.policy', whilePurging(moved('purge.policy', 'a mapping'))],
  ['purger.resources', whilePurging(moved('purge.resources', 'a mapping'))],
  ['purger.volumeName', whilePurging(volumeName)],
  ['purger.affinity', whilePurging(asked(PLACEMENT))],
  ['purger.nodeSelector', whilePurging(asked(PLACEMENT))],
  ['purger.tolerations', whilePurging(asked(PLACEMENT))],
  [
    'purger.podAnnotations',
    whilePurging(asked('the CronJob takes none; `extraObjects` can hold one that does')),
  ],
  ['purger.image', left("the controller's own image purges")],
];
