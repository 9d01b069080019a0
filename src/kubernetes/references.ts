import type { ObjectReference } from './objects';

/** The name of an object in a namespace. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A namespace. */
export const namespaceReference = (name: string): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

/** An object of the core group in a namespace. */
export const coreReference = (
  kind: 'ConfigMap' | 'PersistentVolumeClaim' | 'Pod' | 'ResourceQuota' | 'Secret',
  { namespace, name }: Place,
): ObjectReference => ({ apiVersion: 'v1', kind, metadata: { namespace, name } });

/** A collection of the core group; of all namespaces if none is given. */
export const coreCollection = (
  kind: 'Namespace' | 'Node' | 'PersistentVolumeClaim' | 'Pod',
  namespace?: string,
): ObjectReference => ({ apiVersion: 'v1', kind, metadata: { namespace } });
