import * as z from 'zod';
import { optionalText } from './resources';
import { filledText, integer, oneOf, text, textMap } from './scalars';
import { acceptSpellings, isMapping, section } from './section';

/** A taint that pods tolerate. */
export const toleration = section({
  key: optionalText(),
  operator: oneOf(['Equal', 'Exists']).default('Equal'),
  value: optionalText(),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).nullable().default(null),
  tolerationSeconds: integer().nullable().default(null),
}).superRefine(({ key, operator, value }, context) => {
  if (operator === 'Exists' && value) {
    context.addIssue({ code: 'custom', path: ['value'], message: `"${value}" is not allowed with Exists` });
  }
  if (operator === 'Equal' && !key) {
    context.addIssue({ code: 'custom', path: ['key'], message: 'a key is required with Equal' });
  }
  if (operator === 'Equal' && !value) {
    context.addIssue({ code: 'custom', path: ['value'], message: 'a value is required with Equal' });
  }
});

const VALUE_RULES = {
  In: [(count: number) => count > 0, 'needs at least one value'],
  NotIn: [(count: number) => count > 0, 'needs at least one value'],
  Gt: [(count: number) => count === 1, 'needs exactly one integer'],
  Lt: [(count: number) => count === 1, 'needs exactly one integer'],
  Exists: [(count: number) => count === 0, 'takes no values'],
  DoesNotExist: [(count: number) => count === 0, 'takes no values'],
} as const;

type Operator = keyof typeof VALUE_RULES;

function requirement<const T extends Operator>(operators: readonly T[]) {
  return section({
    key: text(),
    operator: oneOf(operators),
    values: z.array(text()).default([]),
  }).superRefine(({ operator, values }, context) => {
    const [isEnough, rule] = VALUE_RULES[operator as Operator];
    const isNumeric = operator === 'Gt' || operator === 'Lt';
    if (!isEnough(values.length) || (isNumeric && !values.every((value) => /^-?\d+$/.test(value)))) {
      context.addIssue({
        code: 'custom',
        path: ['values'],
        message: `[${values.join(', ')}] does not fit ${operator}, which ${rule}`,
      });
    }
  });
}

const nodeRequirements = () =>
  z.array(requirement(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])).default([]);

const nodeTerm = () => section({ matchExpressions: nodeRequirements(), matchFields: nodeRequirements() });

const selector = () =>
  section({
    matchExpressions: z.array(requirement(['In', 'NotIn', 'Exists', 'DoesNotExist'])).default([]),
    matchLabels: textMap().default({}),
  })
    .nullable()
    .default(null);

const podTerm = () =>
  section({
    labelSelector: selector(),
    namespaceSelector: selector(),
    namespaces: z.array(text()).default([]),
    topologyKey: filledText(),
  });

const weight = () => integer(1, 100);

const LONG_KEYS = {
  preferred: 'preferredDuringSchedulingIgnoredDuringExecution',
  required: 'requiredDuringSchedulingIgnoredDuringExecution',
} as const;

const acceptLongSpellings = acceptSpellings(Object.values(LONG_KEYS), 'refuse');

function expandAliases(value: unknown): unknown {
  const spelled = acceptLongSpellings(value);
  if (!isMapping(spelled)) {
    return spelled;
  }
  return Object.fromEntries(
    Object.entries(spelled).map(([key, content]) => {
      const longKey = key === 'preferred' || key === 'required' ? LONG_KEYS[key] : key;
      return [longKey in spelled ? key : longKey, content];
    }),
  );
}

function rules<Preferred extends z.ZodType, Required extends z.ZodType>(
  preferred: Preferred,
  required: Required,
) {
  return z
    .preprocess(
      expandAliases,
      z.strictObject({
        [LONG_KEYS.preferred]: z.array(preferred).default([]),
        [LONG_KEYS.required]: required,
      }),
    )
    .nullable()
    .default(null);
}

/** Drops nulls, and lists and maps that are empty or become so, as Kubernetes takes them for "nothing". */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item) => pruned(item) ?? {});
  }
  if (!isMapping(value)) {
    return value ?? undefined;
  }
  const entries = Object.entries(value)
    .map(([key, content]) => [key, pruned(content)] as const)
    .filter(([, content]) => content !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const podRules = () =>
  rules(section({ weight: weight(), podAffinityTerm: podTerm() }), z.array(podTerm()).default([]));

/**
 * Which nodes pods go to, in the form of the Kubernetes object, without empty lists and maps;
 * null when nothing is left.
 */
export const affinity = section({
  nodeAffinity: rules(
    section({ weight: weight(), preference: nodeTerm() }),
    section({ nodeSelectorTerms: z.array(nodeTerm()) })
      .nullable()
      .default(null),
  ),
  podAffinity: podRules(),
  podAntiAffinity: podRules(),
})
  .transform((fields) => {
    const rest = pruned(fields);
    return isMapping(rest) ? rest : null;
  })
  .nullable()
  .default(null);
