import { isIPv4 } from 'node:net';

/** Whether a host, an IPv6 address with or without brackets, can only be this machine. */
export function isLoopback(host: string): boolean {
  const name = host === '[::1]' ? '::1' : host;
  return name === 'localhost' || name === '::1' || (name.startsWith('127.') && isIPv4(name));
}
