import { isIPv4 } from 'node:net';

/** Whether a host is loopback; IPv6 addresses with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host === '[::1]' ? '::1' : host;
  return name === 'localhost' || name === '::1' || (name.startsWith('127.') && isIPv4(name));
}
