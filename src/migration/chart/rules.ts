import { isKeyed } from '../values/placed';
import { asked, type Fate, forHub, left, moved, type Rule, type Site, setting, unfit } from './fates';
import { PURGE_RULES } from './purge';

/** Name of the Secret that the original's chart has alerts and the hub's settings in. */
const MAIN_SECRET = 'nublado-secret';

const OWN_IMAGE = "is the original's image; set `image.repository` to where this controller's image is";

const CLOUD_ACCOUNT = 'iam.gke.io/gcp-service-account';

/** Several service accounts ask for what one did. */
const cloudAccount: Rule = (value) => {
  const to = 'serviceAccount.annotations';
  if (value === '') return { outcome: 'ignored', advice: 'asks for nothing' };
  if (typeof value !== 'string') return unfit(to, 'a text');
  return {
    outcome: 'decide',
    to: `${to}["${CLOUD_ACCOUNT}"]`,
    advice:
      'is written there; also let the service account `nublado-controller-api` act for this account, since the API asks the registry, too',
    sets: [{ path: ['serviceAccount', 'annotations', CLOUD_ACCOUNT], value }],
  };
};

const slackAlerts: Rule = (value) =>
  value === true
    ? {
        outcome: 'renamed',
        to: 'slackWebhook.existingSecret',
        advice: `the webhook stays in \`${MAIN_SECRET}\``,
        sets: [setting('slackWebhook.existingSecret', MAIN_SECRET)],
      }
    : { outcome: 'ignored', advice: 'alerts are off without `slackWebhook.existingSecret`' };

/** Written into Python: no text that could end the literal. */
const PAGE = /^\/[\w./-]*$/;

const landingPage: Rule = (value) => {
  const to = 'hubConfig.extra';
  if (typeof value !== 'string' || !PAGE.test(value)) {
    return { outcome: 'decide', to, advice: 'set `c.Spawner.default_url` there; this is no plain path' };
  }
  return {
    outcome: 'renamed',
    to,
    advice: 'as `c.Spawner.default_url`',
    sets: [setting(to, `c.Spawner.default_url = "${value}"`)],
  };
};

/** Without a lifetime of its own, the original's chart takes the greatest age of labs. */
const greatestAge: Rule = (value, site) => {
  const to = 'gafaelfawr.proxy.minimumTokenLifetime';
  if (site('hub.minimumTokenLifetime') !== undefined || site('jupyterhub.cull.enabled') === false) {
    return { outcome: 'hub' };
  }
  if (!Number.isSafeInteger(value)) return { outcome: 'hub' };
  return {
    outcome: 'hub',
    to,
    advice: "also the least lifetime of users' tokens, as before",
    sets: [setting(to, value)],
  };
};

const hubPath: Rule = (value) => {
  const to = 'gafaelfawr.proxy.path';
  if (typeof value !== 'string') return unfit(to, 'a text');
  return { outcome: 'hub', to, advice: 'the same in both charts', sets: [setting(to, value)] };
};

/** Name of the Secret with the hub's own token, as the hub mounts it. */
const hubVolumes: Rule = (value) => {
  const names = (Array.isArray(value) ? value : []).flatMap((volume: unknown) => {
    const secret: unknown = isKeyed(volume) ? volume['secret'] : undefined;
    const name: unknown = isKeyed(secret) ? secret['secretName'] : undefined;
    return typeof name === 'string' && /^[a-z0-9-]*gafaelfawr-token$/.test(name) ? [name] : [];
  });
  const [name] = names;
  if (name === undefined || !/^[a-z0-9]/.test(name)) return { outcome: 'hub' };
  const to = 'gafaelfawr.serviceToken.name';
  return {
    outcome: 'hub',
    to,
    advice: "the Secret with the hub's own token",
    sets: [setting(to, name)],
  };
};

const cloning: Rule = (_value, site): Fate =>
  site('cronjob.tutorials.enabled') === true || site('cronjob.artifacts.enabled') === true
    ? { outcome: 'decide', advice: 'put the CronJobs that clone tutorials into `extraObjects`' }
    : { outcome: 'ignored', advice: 'cloning is off' };

const databaseProxy: Rule = (_value, site): Fate =>
  site('cloudsql.enabled') === true
    ? {
        outcome: 'decide',
        advice:
          "the database proxy belongs to the hub: put its Deployment, Service and policy beside the hub's chart, or into `extraObjects`, before the original's chart is removed",
      }
    : { outcome: 'ignored', advice: 'the proxy is off' };

/** Settings for all charts of an umbrella chart. */
const globalValue: Rule = (value, _site, name) => ({
  outcome: 'kept',
  to: `global.${name}`,
  sets: [{ path: ['global', name], value }],
});

const pullPolicy = moved('image.pullPolicy', 'Always, IfNotPresent or Never');

const RESOURCES =
  'were those of one process; the defaults of `api`, `worker` and `watcher` apply, see `*.resources`';

/**
 * What becomes of each value of the original's chart, by its path. `*` at the end is any other key of a section, at any
 * depth. The rule of a section is for the section as a whole.
 */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['controller.affinity', moved('affinity', 'a mapping')],
  ['controller.googleServiceAccount', cloudAccount],
  ['controller.serviceAccountAnnotations', moved('serviceAccount.annotations', 'a mapping to texts')],
  ['controller.image.repository', left(OWN_IMAGE)],
  ['controller.image.tag', left(OWN_IMAGE)],
  ['controller.image.pullPolicy', pullPolicy],
  ['image.repository', left(OWN_IMAGE)],
  ['image.tag', left(OWN_IMAGE)],
  ['image.pullPolicy', pullPolicy],
  [
    'controller.ingress.annotations',
    asked('GafaelfawrIngresses of the API take none here: set what they say for all Ingresses of the class'),
  ],
  ['controller.nodeSelector', moved('nodeSelector', 'a mapping')],
  ['controller.podAnnotations', moved('podAnnotations', 'a mapping to texts')],
  ['controller.resources', left(RESOURCES)],
  ['controller.slackAlerts', slackAlerts],
  ['controller.tolerations', moved('tolerations', 'a list')],
  ['hub.internalDatabase', left("only said how the database's password was kept")],
  ['hub.landingPage', landingPage],
  ['hub.minimumTokenLifetime', moved('gafaelfawr.proxy.minimumTokenLifetime', 'a text or a whole number')],
  ['hub.resources', left("those of the hub's pod are `jupyterhub.hub.resources`")],
  ['hub.timeout.startup', moved('hubConfig.httpTimeout', 'a whole number')],
  ['hub.timeout.spawn', left('`hubConfig` takes `config.lab.spawnTimeout`')],
  ['hub.useSubdomains', moved('gafaelfawr.proxy.subdomains.enabled', 'true or false')],
  ['jupyterhub.cull.maxAge', greatestAge],
  ['jupyterhub.hub.baseUrl', hubPath],
  ['jupyterhub.hub.extraVolumes', hubVolumes],
  [
    'jupyterhub.hub.image',
    () => ({
      outcome: 'decide',
      advice:
        "set it to an image with this repository's plugins (hub/README.md), which `hubConfig` configures",
    }),
  ],
  ['jupyterhub.*', forHub()],
  ['proxy.ingress.annotations', moved('gafaelfawr.proxy.annotations', 'a mapping to texts')],
  [
    'secrets',
    () => ({
      outcome: 'decide',
      advice:
        "the original's chart asked the vault operator for Secrets: ask for them yourself, by the same names (examples/site/templates)",
    }),
  ],
  ...PURGE_RULES,
  ['cronjob', cloning],
  ['cloudsql', databaseProxy],
  ['sentry', left('errors are logged')],
  ['global.*', globalValue],
]);

/** A path as rules have it; none of them has a key with a dot in it. */
export const nameOf = (path: readonly string[]): string | undefined =>
  path.some((key) => key.includes('.')) ? undefined : path.join('.');

/** The rule for exactly this path. */
export const ruleAt = (path: readonly string[]): Rule | undefined => RULES.get(nameOf(path) ?? '');

/** The rule for any other keys of the nearest section around a path; undefined where keys without a rule are unknown. */
export function ruleAround(path: readonly string[]): Rule | undefined {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const rule = RULES.get(`${path.slice(0, length).join('.')}.*`);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

const SECTIONS: ReadonlySet<string> = new Set(
  [...RULES.keys()].flatMap((path) =>
    path.split('.').map((_key, index, keys) => keys.slice(0, index).join('.')),
  ),
);

/** Whether there are rules for keys of the section at a path. */
export function isSection(path: readonly string[]): boolean {
  const name = nameOf(path);
  return name !== undefined && SECTIONS.has(name);
}

/** Reads values by a path with dots. */
export const siteOf =
  (values: unknown): Site =>
  (path) =>
    path
      .split('.')
      .reduce<unknown>(
        (holder, key) => (isKeyed(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined),
        values,
      );
