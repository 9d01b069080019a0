import * as z from 'zod';
import type { Finding } from '../diagnostics';
import { report } from '../diagnostics';
import { optionalText } from './resources';
import { filledText, integer, oneOf, text, textMap } from './scalars';
import { acceptSpellings, isMapping, LONG_KEYS, longKey, section } from './section';

interface TolerationFields {
  readonly key: string | null;
  readonly operator: 'Equal' | 'Exists';
  readonly value: string | null;
}

const tolerationFinding = (path: string, message: string, remedy: string): Finding => ({
  path: [path],
  rule: 'conflict',
  message,
  remedy,
});

function tolerationFindings({ key, operator, value }: TolerationFields): Finding[] {
  if (operator === 'Exists') {
    const message = `"${value}" is not allowed with Exists`;
    return value ? [tolerationFinding('value', message, 'Remove the value, or use Equal.')] : [];
  }
  const noKey = tolerationFinding(
    'key',
    'a key is required with Equal',
    'Give the key of the taint, or use Exists.',
  );
  const noValue = tolerationFinding(
    'value',
    'a value is required with Equal',
    'Give the value, or use Exists.',
  );
  return [...(key ? [] : [noKey]), ...(value ? [] : [noValue])];
}

/** A taint that pods tolerate. */
export const toleration = section({
  key: optionalText().describe('Key of the taint; with `Exists` empty or null for every taint.'),
  operator: oneOf(['Equal', 'Exists'])
    .prefault('Equal')
    .describe('`Equal` needs key and value, `Exists` forbids a value.'),
  value: optionalText().describe('Value of the taint.'),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .nullable()
    .prefault(null)
    .describe('Effect to tolerate; null for all.'),
  tolerationSeconds: integer()
    .nullable()
    .prefault(null)
    .describe('How long to stay on a node with the taint; only with effect `NoExecute`.'),
})
  .superRefine((fields, context) => report(tolerationFindings(fields), context))
  .meta({ id: 'toleration', title: 'toleration' });

const VALUE_RULES = {
  In: [(count: number) => count > 0, 'needs at least one value'],
  NotIn: [(count: number) => count > 0, 'needs at least one value'],
  Gt: [(count: number) => count === 1, 'needs exactly one integer'],
  Lt: [(count: number) => count === 1, 'needs exactly one integer'],
  Exists: [(count: number) => count === 0, 'takes no values'],
  DoesNotExist: [(count: number) => count === 0, 'takes no values'],
} as const;

type Operator = keyof typeof VALUE_RULES;

function valueFindings(operator: Operator, values: readonly string[]): Finding[] {
  const [isEnough, rule] = VALUE_RULES[operator];
  const isNumeric = operator === 'Gt' || operator === 'Lt';
  if (isEnough(values.length) && (!isNumeric || values.every((value) => /^-?\d+$/.test(value)))) return [];
  return [
    {
      path: ['values'],
      value: `[${values.join(', ')}]`,
      rule: 'conflict',
      message: `[${values.join(', ')}] does not fit ${operator}, which ${rule}`,
      remedy: `Correct the values: ${operator} ${rule}.`,
    },
  ];
}

function requirement(operators: readonly Operator[]) {
  return section({
    key: text().describe('Key of the label or field.'),
    operator: oneOf(operators).describe('How the values are compared.'),
    values: z
      .array(text())
      .prefault([])
      .describe('At least one for `In` and `NotIn`, one integer for `Gt` and `Lt`, else none.'),
  }).superRefine(({ operator, values }, context) => report(valueFindings(operator, values), context));
}

const shared = (id: string) => ({ id, title: id });

const nodeRequirement = requirement(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']).meta(
  shared('nodeRequirement'),
);

const labelRequirement = requirement(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta(
  shared('labelRequirement'),
);

const nodeTerm = section({
  matchExpressions: z.array(nodeRequirement).prefault([]).describe('Requirements of node labels.'),
  matchFields: z.array(nodeRequirement).prefault([]).describe('Requirements of node fields.'),
}).meta(shared('nodeTerm'));

const labelSelector = section({
  matchExpressions: z.array(labelRequirement).prefault([]).describe('Requirements of labels.'),
  matchLabels: textMap().prefault({}).describe('Labels with exactly these values.'),
}).meta(shared('labelSelector'));

const podTerm = section({
  labelSelector: labelSelector.nullable().prefault(null).describe('Selects pods.'),
  namespaceSelector: labelSelector.nullable().prefault(null).describe('Selects namespaces of pods.'),
  namespaces: z.array(text()).prefault([]).describe('Names of namespaces of pods.'),
  topologyKey: filledText().describe('Node label whose value makes up one place.'),
}).meta(shared('podTerm'));

const weight = () => integer(1, 100).describe('Weight of the preference.');

const acceptLongSpellings = acceptSpellings(Object.values(LONG_KEYS), 'refuse');

function expandAliases(value: unknown): unknown {
  const spelled = acceptLongSpellings(value);
  if (!isMapping(spelled)) {
    return spelled;
  }
  return Object.fromEntries(
    Object.entries(spelled).map(([key, content]) => {
      const long = longKey(key);
      return [long in spelled ? key : long, content];
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
        [LONG_KEYS.preferred]: z
          .array(preferred)
          .prefault([])
          .describe('What is better, by weight. Short spelling: `preferred`.'),
        [LONG_KEYS.required]: required.describe('What must be. Short spelling: `required`.'),
      }),
    )
    .meta({ 'x-aliases': LONG_KEYS })
    .nullable()
    .prefault(null);
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
  rules(
    section({ weight: weight(), podAffinityTerm: podTerm.describe('Which pods.') }),
    z.array(podTerm).prefault([]),
  );

/**
 * Which nodes pods go to, in the form of the Kubernetes object, without empty lists and maps;
 * null when nothing is left.
 */
export const affinity = section({
  nodeAffinity: rules(
    section({ weight: weight(), preference: nodeTerm.describe('Which nodes.') }),
    section({ nodeSelectorTerms: z.array(nodeTerm).describe('Terms of which one must hold.') })
      .nullable()
      .prefault(null),
  ).describe('Nodes to be on.'),
  podAffinity: podRules().describe('Pods to be near.'),
  podAntiAffinity: podRules().describe('Pods to be away from.'),
})
  .transform((fields) => {
    const rest = pruned(fields);
    return isMapping(rest) ? rest : null;
  })
  .meta({ id: 'affinity', title: 'affinity' })
  .nullable()
  .prefault(null);
