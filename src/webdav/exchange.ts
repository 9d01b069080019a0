import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LockTable } from './locks/lock-table';
import type { DeadProperties } from './properties/dead-properties';
import type { ResourcePath, UrlPaths } from './request/url-paths';
import type { FullSpot, ServedTree, Visit } from './tree/served-tree';
import type { Turns } from './turns';
import type { RunningUploads } from './uploads';

/** What people see in their browser. */
export interface Pages {
  /** Answers GET and HEAD of a folder. */
  readonly folder: (exchange: Exchange, folder: FullSpot) => Promise<void> | void;
  /** Answers GET and HEAD of the pages' own scripts and style. False for every other path. */
  readonly asset: (exchange: Exchange) => boolean;
}

/** Lets a request in. @throws DavError 401, 403, 429 or 503 */
export type Admission = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What all requests share. */
export interface FileService {
  readonly tree: ServedTree;
  readonly urls: UrlPaths;
  readonly locks: LockTable;
  readonly properties: DeadProperties;
  /** Completions of changes, by path. */
  readonly turns: Turns;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pages: Pages;
  /** Resumable uploads that are being written. */
  readonly uploads: RunningUploads;
  /** Null where a proxy in front of the server has authenticated the user. */
  readonly admission: Admission | null;
}

/** One request under way. */
export interface Exchange {
  readonly service: FileService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the URL means; its folders may be links. */
  readonly path: ResourcePath;
  /** The folders open for this request. */
  readonly visit: Visit;
  /** Lets a client begin with the body that waits for this; what is refused before has no body sent. */
  readonly expectsContinue: boolean;
}

/** A method of the protocol. */
export type Method = (exchange: Exchange) => Promise<void> | void;
