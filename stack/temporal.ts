import { SEARCH_ATTRIBUTES } from '../src/workflow-clients/names';
import type { ProcessPlan } from './child';
import type { Ports } from './plan';

/** The namespace of a stack. */
export const NAMESPACE = 'default';

/** The types of search attributes as Temporal's command line has them. */
export const TYPE_NAMES = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
} as const;

/**
 * The Temporal development server with the controller's search attributes and the limits recommended for production.
 * Its state is in `databaseFile`, or in memory without one.
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

/** Whether the server answers for the namespace at its HTTP port. */
export async function answersForNamespace(httpPort: number, namespace: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/api/v1/namespaces/${namespace}`);
  return response.ok;
}
