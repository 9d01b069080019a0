import { STATUS_CODES } from 'node:http';
import type { DavError } from '../errors';
import { dav, davDocument, escapeText } from './writer';

/** One part of an operation that failed. */
export interface FailedPart {
  readonly href: string;
  readonly status: number;
}

/** A status line as WebDAV writes it. */
export function statusElement(status: number): string {
  return dav('status', `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`);
}

/** Document that says which parts of an operation failed. */
export function failedParts(parts: readonly FailedPart[]): string {
  const responses = parts.map(({ href, status }) =>
    dav('response', dav('href', escapeText(href)) + statusElement(status)),
  );
  return davDocument('multistatus', responses.join(''));
}

/** Properties of one status in a response; nothing without properties. */
export function propstat(status: number, properties: string, condition?: string): string {
  if (properties === '') return '';
  const error = condition === undefined ? '' : dav('error', dav(condition));
  return dav('propstat', dav('prop', properties) + statusElement(status) + error);
}

/** Document that names the condition that an operation failed for. */
export function errorDocument({ condition, hrefs }: DavError): string {
  if (condition === undefined) return '';
  const content = hrefs.map((href) => dav('href', escapeText(href))).join('');
  return davDocument('error', dav(condition, content));
}
