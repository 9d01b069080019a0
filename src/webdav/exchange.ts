import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LockTable } from './locks/lock-table';
import type { DeadProperties } from './properties/dead-properties';
import type { ResourcePath, UrlPaths } from './request/url-paths';
import type { ServedTree, Spot, Visit } from './tree/served-tree';
import type { Turns } from './turns';

/** Answers GET and HEAD of a folder. */
export type FolderPage = (exchange: Exchange, folder: Spot) => Promise<void> | void;

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
  readonly folderPage: FolderPage;
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
