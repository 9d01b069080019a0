import type { Check } from './check';
import { api } from './checks/api';
import { discovery } from './checks/discovery';
import { fileServerNamespace } from './checks/file-server-namespace';
import { hub } from './checks/hub';
import { identity } from './checks/identity';
import { images } from './checks/images';
import { kinds } from './checks/kinds';
import { kubernetes } from './checks/kubernetes';
import { labSecrets } from './checks/lab-secrets';
import { permissions } from './checks/permissions';
import { sealingKeys } from './checks/sealing-keys';
import { searchAttributes } from './checks/search-attributes';
import { taskQueues } from './checks/task-queues';
import { temporal } from './checks/temporal';
import { temporalNamespace } from './checks/temporal-namespace';

/** Every check after that of the configuration, in the order of the table. */
export const CHECKS: readonly Check[] = [
  sealingKeys,
  temporal,
  temporalNamespace,
  searchAttributes,
  taskQueues,
  kubernetes,
  permissions,
  kinds,
  fileServerNamespace,
  labSecrets,
  hub,
  identity,
  discovery,
  images,
  api,
];
