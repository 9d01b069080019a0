import { type Access, isAllowed, readOwnName } from '../../../kubernetes/questions';
import { type Check, type Finding, failed, ok } from '../check';
import { requiredAccess } from '../required-access';

/** Judges which permissions an account lacks, with its name where that is known. */
export function judgePermissions(missing: readonly Access[], count: number, account: string | null): Finding {
  const who = account ?? 'the account';
  if (missing.length === 0) return ok(`${who} has all ${count}`);
  return failed(
    `${who} may not ${describeAccess(missing).join('; ')}`,
    'Bind the roles of the chart to this account (`helm upgrade` makes them of helm/files/*-rules.yaml), or run this with the account of ' +
      'the part that --part names.',
  );
}

/** One phrase for each kind and place, such as `create, delete pods`. */
function describeAccess(missing: readonly Access[]): string[] {
  const verbs = new Map<string, string[]>();
  for (const { verb, group, resource, namespace, name } of missing) {
    const what = group === '' ? resource : `${resource}.${group}`;
    const which = name === null ? '' : ` ${name}`;
    const where = namespace === null ? '' : ` in ${namespace}`;
    const subject = `${what}${which}${where}`;
    verbs.set(subject, [...(verbs.get(subject) ?? []), verb]);
  }
  return [...verbs].map(([subject, list]) => `${list.join(', ')} ${subject}`);
}

/** The account has what the rules of the chart give to this part. */
export const permissions: Check = {
  name: 'permissions',
  parts: ['worker', 'watcher', 'all'],
  needs: 'kubernetes',
  remedy: 'Check that the account may ask for its own permissions, as ClusterRole system:basic-user grants.',
  async ask(subject) {
    const http = subject.kubernetes();
    const required = await requiredAccess(subject);
    const [account, ...answers] = await Promise.all([
      readOwnName(http).catch(() => null),
      ...required.map(async (access) => ((await isAllowed(http, access)) ? null : access)),
    ] as const);
    const missing = answers.filter((access) => access !== null);
    return judgePermissions(missing, required.length, account);
  },
};
