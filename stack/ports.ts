import { createServer, type Server } from 'node:net';

const FIRST_PORT = 20_000;
const BLOCK_SIZE = 30;
const BLOCKS = 400;

/** Consecutive loopback ports, reserved for one stack while its supervisor runs. */
export interface PortBlock {
  /** Index of the block; unique among the stacks of a machine. */
  readonly index: number;
  /** Returns the next unused port of the block. */
  next(): number;
}

/**
 * Reserves the first free block of ports, below the range of ephemeral ports. The reservation is a listener on the
 * block's first port: it is exclusive and ends with the process.
 *
 * @throws Error if every block is reserved.
 */
export async function claimPorts(): Promise<PortBlock> {
  for (let index = 0; index < BLOCKS; index += 1) {
    const first = FIRST_PORT + index * BLOCK_SIZE;
    const claim = await listen(first);
    if (!claim) continue;
    const free = await freePorts(first + 1, BLOCK_SIZE - 1);
    if (!free) {
      claim.close();
      continue;
    }
    claim.unref();
    return { index, next: () => takeNext(free) };
  }
  throw new Error(`no free ports from ${FIRST_PORT} on`);
}

function takeNext(ports: number[]): number {
  const port = ports.shift();
  if (port === undefined) throw new Error('the stack needs more ports than its block has');
  return port;
}

async function freePorts(first: number, count: number): Promise<number[] | undefined> {
  const ports = Array.from({ length: count }, (_, offset) => first + offset);
  for (const port of ports) {
    const server = await listen(port);
    if (!server) return undefined;
    await new Promise((resolve) => server.close(resolve));
  }
  return ports;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
