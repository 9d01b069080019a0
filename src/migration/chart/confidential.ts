import { isKeyed } from '../values/placed';

/** Parts of names of variables that hold something secret. */
const SECRET_NAME = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|CREDENTIALS?/i;

/** A URL with a password in it. */
const PASSWORD_IN_URL = /:\/\/[^\s:/@]*:[^\s/@]+@/;

const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/;

/** Whether a variable seems to hold a secret; the path of a file with one and the URL of a service are none. */
function isSecretVariable(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  if (PASSWORD_IN_URL.test(value) || PRIVATE_KEY.test(value)) return true;
  return SECRET_NAME.test(name) && !/^(?:\/|https?:\/\/)/.test(value);
}

/** Whether a file seems to hold a secret. */
const isSecretFile = (_path: string, value: unknown): boolean =>
  typeof value === 'string' && (PRIVATE_KEY.test(value) || PASSWORD_IN_URL.test(value));

/** A key of the configuration that is not to be in a file of values, and what to do instead. */
export interface SecretKey {
  /** Below the configuration. */
  readonly path: readonly string[];
  readonly advice: string;
}

const IN_ENV =
  'seems to be secret and is not written: put it into a Secret, and name that in `config.lab.secrets` with `env`';
const IN_FILES =
  'seems to be secret and is not written: put it into a Secret, and name that in `config.lab.secrets` with `path`';
const WEBHOOK =
  'is secret and is not written: put it into a Secret, and name that in `slackWebhook.existingSecret`';

/** What seems to be secret in a configuration of the original. */
export function secretKeys(config: Readonly<Record<string, unknown>>): SecretKey[] {
  const webhooks = ['slack_webhook', 'slackWebhook', 'NUBLADO_SLACK_WEBHOOK']
    .filter((key) => Object.hasOwn(config, key))
    .map((key) => ({ path: [key], advice: WEBHOOK }));
  return [
    ...webhooks,
    ...secretsIn(config, 'env', isSecretVariable, IN_ENV),
    ...secretsIn(config, 'files', isSecretFile, IN_FILES),
  ];
}

function secretsIn(
  { lab }: Readonly<Record<string, unknown>>,
  section: string,
  isSecret: (name: string, value: unknown) => boolean,
  advice: string,
): SecretKey[] {
  const contents: unknown = isKeyed(lab) ? lab[section] : undefined;
  return Object.entries(isKeyed(contents) ? contents : {})
    .filter(([name, value]) => isSecret(name, value))
    .map(([name]) => ({ path: ['lab', section, name], advice }));
}
