import { status } from '@grpc/grpc-js';
import { INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES } from '../../../workflow-clients/names';
import { type Check, type Finding, failed, ok, warning } from '../check';
import { statusOf } from '../reason';

const REGISTER =
  'Run `nublado register-search-attributes` with the same TEMPORAL_* variables, or set `searchAttributes.register` of the ' +
  'chart; where the credentials may not, create them by `temporal operator search-attribute create`.';

/** Judges the search attributes of a namespace, numbers of types by name. */
export function judgeSearchAttributes(found: Readonly<Record<string, number>>): Finding {
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !Object.hasOwn(found, name));
  if (missing.length > 0) {
    const names = missing.map(({ name, type }) => `${name} (${type})`).join(', ');
    return failed(`missing, without which no lab can be spawned: ${names}`, REGISTER);
  }
  const wrong = SEARCH_ATTRIBUTES.filter(({ name, type }) => found[name] !== INDEXED_VALUE_TYPES[type]);
  if (wrong.length > 0) {
    const names = wrong.map(({ name, type }) => `${name} is no ${type}`).join(', ');
    return failed(
      names,
      'A type cannot be changed: remove them by `temporal operator search-attribute remove`, then run ' +
        '`nublado register-search-attributes`; or use another Temporal namespace.',
    );
  }
  return ok(SEARCH_ATTRIBUTES.map(({ name }) => name).join(', '));
}

/** Temporal has the attributes of labs, with their types. */
export const searchAttributes: Check = {
  name: 'search-attributes',
  parts: ['api', 'worker', 'watcher', 'all'],
  needs: 'temporal-namespace',
  remedy: REGISTER,
  async ask(subject) {
    const { client } = subject.temporal();
    const { connection, options } = client;
    const { namespace } = options;
    try {
      const { customAttributes } = await connection.withDeadline(Date.now() + subject.remainingMs(), () =>
        connection.operatorService.listSearchAttributes({ namespace }),
      );
      return judgeSearchAttributes(customAttributes);
    } catch (error) {
      const code = statusOf(error);
      if (code !== status.PERMISSION_DENIED && code !== status.UNIMPLEMENTED) throw error;
      return warning(
        "could not be read, since these credentials do not include Temporal's operator API",
        `Look yourself: \`temporal operator search-attribute list -n ${namespace}\`.`,
      );
    }
  },
};
