import type { LabFields } from './lab';

/** Every environment variable that `lab` sets by itself or from a secret, with the path of its name. */
export function configuredVariables({ env, secrets }: Pick<LabFields, 'env' | 'secrets'>) {
  return [
    ...Object.keys(env).map((name) => ({ name, path: ['env', name] })),
    ...secrets.flatMap(({ env: name }, index) =>
      name === null ? [] : [{ name, path: ['secrets', index, 'env'] }],
    ),
  ];
}
