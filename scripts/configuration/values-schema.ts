import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { JsonSchema } from '../../src/config/documents/json-schema';
import { isMapping } from '../../src/config/schema/section';

const CHART = join(__dirname, '../../helm');

const chartFile = (name: string): unknown => parse(readFileSync(join(CHART, name), 'utf8'));

const texts: JsonSchema = { type: ['object', 'null'], additionalProperties: { type: 'string' } };
const anything: JsonSchema = { type: ['object', 'null'] };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const port: JsonSchema = { type: 'integer', minimum: 1 };

/** What values must be beyond the type of their default, by their path or, after `*.`, their last key. */
const RULES: Readonly<Record<string, JsonSchema>> = {
  mode: { enum: ['separate', 'single'] },
  name: { type: 'string', pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' },
  'image.digest': { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
  'image.pullPolicy': { enum: ['Always', 'IfNotPresent', 'Never'] },
  'configuration.storage': { enum: ['auto', 'ConfigMap', 'Secret'] },
  'configuration.labSecrets': {
    type: ['array', 'null'],
    items: { type: 'string', pattern: '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$' },
  },
  'service.type': { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
  'service.port': port,
  'activityService.port': port,
  'purge.command': { enum: ['report', 'warn', 'execute'] },
  'gafaelfawr.proxy.minimumTokenLifetime': { type: ['string', 'integer'] },
  'worker.autoscaling.metricLabels': texts,
  '*.name': { type: 'string', pattern: '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$' },
  '*.replicas': count,
  '*.minReplicas': port,
  '*.maxReplicas': port,
  '*.preStopSeconds': count,
  '*.timeoutSeconds': port,
  '*.annotations': texts,
  '*.labels': texts,
  '*.nodeSelector': texts,
  '*.podAnnotations': texts,
  '*.podLabels': texts,
  '*.resources': anything,
  '*.securityContext': anything,
  '*.policy': anything,
  extraObjects: { type: ['array', 'null'], items: { type: ['object', 'string'] } },
};

/** The schema of values that are like their default: its type, for a section its keys alone, and null for absent. */
function like(standard: unknown, path: readonly string[]): JsonSchema {
  const rule = RULES[path.join('.')] ?? RULES[`*.${path.at(-1)}`];
  if (rule) return rule;
  if (Array.isArray(standard)) return { type: ['array', 'null'] };
  if (!isMapping(standard)) return { type: typeof standard === 'number' ? 'integer' : typeof standard };
  if (Object.keys(standard).length === 0) return anything;
  const properties = Object.fromEntries(
    Object.entries(standard).map(([key, value]) => [key, like(value, [...path, key])] as const),
  );
  return { type: ['object', 'null'], properties, additionalProperties: false };
}

/** The chart's default values, which templates fill in where a value is left out or null. */
export const defaultValues = (): Readonly<Record<string, unknown>> =>
  chartFile('values.yaml') as Record<string, unknown>;

/** Values of other charts that the templates refuse with advice; the schema lets them pass, so that it is seen. */
const renamed = (): string[] => [
  ...new Set(
    Object.keys(chartFile('files/renamed-values.yaml') as object).map((path) => path.split('.', 1)[0] ?? ''),
  ),
];

/** The schema of the Helm chart's values, around that of the configuration file and its parts. */
export function valuesSchemaAround(config: JsonSchema, parts: JsonSchema['$defs'], dialect: string): object {
  const { properties, ...values } = like(defaultValues(), []);
  const advised = renamed().map((key) => [key, { description: 'Of another chart; refused with advice.' }]);
  return {
    $schema: dialect,
    title: 'Values of the chart',
    ...values,
    type: 'object',
    properties: {
      ...properties,
      ...Object.fromEntries(advised),
      config: {
        anyOf: [{ type: 'null' }, { type: 'object', maxProperties: 0 }, { $ref: '#/$defs/config' }],
        description: 'The configuration file; empty to bring an object of your own.',
      },
      global: { ...anything, description: 'Shared by all charts of an umbrella chart.' },
      enabled: { type: 'boolean', description: 'Read by Helm, as condition of a dependency.' },
    },
    $defs: { ...parts, config },
  };
}
