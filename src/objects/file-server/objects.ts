import type { V1Job, V1PersistentVolumeClaim, V1Service } from '@kubernetes/client-node';
import { type FileServerInput, fileServerSet } from './input';
import { fileServerClaims, fileServerJob } from './job';
import { type CustomObject, fileServerIngress, fileServerService } from './routing';

/** The Kubernetes objects of a user's file server; the properties are in creation order. */
export interface FileServerObjects {
  readonly claims: readonly V1PersistentVolumeClaim[];
  /** A GafaelfawrIngress, an Ingress or an HTTPRoute. */
  readonly ingress: CustomObject;
  readonly service: V1Service;
  readonly job: V1Job;
}

/** Builds the objects of a file server. The same input gives the same objects; the input is not changed. */
export function fileServerObjects(input: FileServerInput): FileServerObjects {
  const set = fileServerSet(input);
  return {
    claims: fileServerClaims(set),
    ingress: fileServerIngress(set),
    service: fileServerService(set),
    job: fileServerJob(set),
  };
}
