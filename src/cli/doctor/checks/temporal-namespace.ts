import { status } from '@grpc/grpc-js';
import { type Check, failed, ok } from '../check';
import { statusOf } from '../reason';

/** Temporal has the namespace of the settings. */
export const temporalNamespace: Check = {
  name: 'temporal-namespace',
  parts: ['api', 'worker', 'watcher', 'all'],
  needs: 'temporal',
  remedy: 'Check that the credentials are for the namespace of TEMPORAL_NAMESPACE (`temporal.namespace`).',
  async ask(subject) {
    const { client } = subject.temporal();
    const { namespace } = client.options;
    try {
      const { connection } = client;
      await connection.withDeadline(Date.now() + subject.remainingMs(), () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
      return ok(namespace);
    } catch (error) {
      if (statusOf(error) !== status.NOT_FOUND) throw error;
      return failed(
        `Temporal has no namespace ${namespace}`,
        `Create it: \`temporal operator namespace create --retention 336h -n ${namespace}\`; or correct ` +
          'TEMPORAL_NAMESPACE (`temporal.namespace`).',
      );
    }
  },
};
