import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../temporal/connection';
import { INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES } from '../workflow-clients/names';

/** Registers the search attributes that the client's namespace lacks; returns their names. */
export async function registerMissing({ connection, options }: Client): Promise<string[]> {
  const { namespace } = options;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in customAttributes));
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(
      missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]),
    );
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  return missing.map(({ name }) => name);
}

/** Registers the search attributes of labs and prints which ones were missing. */
export async function registerSearchAttributes(): Promise<void> {
  const temporal = createTemporalClient();
  try {
    const added = await registerMissing(temporal.client);
    console.log(added.length > 0 ? `registered ${added.join(', ')}` : 'all search attributes are registered');
  } finally {
    await temporal.close();
  }
}
