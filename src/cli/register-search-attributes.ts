import { createTemporalClient } from '../temporal/connection';
import { registerMissing } from '../workflow-clients/registration';

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
