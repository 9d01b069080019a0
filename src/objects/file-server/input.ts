import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { fileServerName, fileServerPath } from '../../domain/file-server-key';
import type { PosixUser } from '../../domain/user';
import { objectMetadata, type SetMetadata } from '../labels';
import { fileServerMetadata } from './metadata';

/** The configuration of file servers where users can have them. */
export type FileServerConfig = Extract<Config['fileserver'], { readonly enabled: true }>;

/** What the objects of a user's file server are built from. */
export interface FileServerInput {
  readonly config: Pick<Config, 'auth' | 'baseUrl' | 'lab' | 'supportImage'> & {
    readonly fileserver: FileServerConfig;
  };
  readonly user: PosixUser;
  /** Identifies the creation; becomes the spawn ID label, by which steps know the objects of theirs. */
  readonly operationId: string;
}

/** The input of the builders of single objects, and what is computed once for all of them. */
export interface FileServerSet extends FileServerInput {
  /** The name of all objects but the claims. */
  readonly name: string;
  /** The path at which the ingress serves the file server. */
  readonly path: string;
  readonly metadata: SetMetadata;
}

/** Computes what the objects of a file server have in common. */
export function fileServerSet(input: FileServerInput): FileServerSet {
  const { config, operationId, user } = input;
  const { application, pathPrefix } = config.fileserver;
  const { username } = user;
  return {
    ...input,
    name: fileServerName(username),
    path: fileServerPath(pathPrefix, username),
    metadata: fileServerMetadata({ username, operationId, application }),
  };
}

/** The metadata of an object of the set, with that of the set and these annotations. */
export function metadataOf(
  { config, metadata, name }: FileServerSet,
  {
    named = name,
    annotations = {},
  }: { readonly named?: string; readonly annotations?: Record<string, string> } = {},
): V1ObjectMeta {
  return objectMetadata(metadata, named, config.fileserver.namespace, annotations);
}
