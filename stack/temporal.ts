import { SEARCH_ATTRIBUTES } from '../src/temporal/search-attributes';
import type { ProcessPlan } from './child';
import type { Ports } from './plan';

const TYPE_NAMES = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
} as const;

/**
 * The Temporal development server with our search attributes and the limits that production raises.
 * It keeps its state in `databaseFile`, or in memory without.
 */
export function temporal(ports: Ports, databaseFile: string | undefined): ProcessPlan {
  return {
    name: 'temporal',
    keepsData: databaseFile !== undefined,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${ports.temporal}`,
      `--ui-port=${ports.temporalUi}`,
      `--http-port=${ports.temporalHttp}`,
      `--metrics-port=${ports.temporalMetrics}`,
      ...SEARCH_ATTRIBUTES.map(({ name, type }) => `--search-attribute=${name}=${TYPE_NAMES[type]}`),
      '--dynamic-config-value=frontend.namespaceCount=5000',
      '--dynamic-config-value=frontend.namespaceRPS.visibility=200',
      ...(databaseFile ? [`--db-filename=${databaseFile}`] : []),
    ],
  };
}

/** Whether the server behind its HTTP port answers for the namespace. */
export async function answersForNamespace(httpPort: number, namespace: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/api/v1/namespaces/${namespace}`);
  return response.ok;
}
