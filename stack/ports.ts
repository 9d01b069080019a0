import { createServer, type Server } from 'node:net';

const FIRST_PORT = 20_000;
const BLOCK_SIZE = 25;
const BLOCKS = 480;

/** Consecutive loopback ports that belong to one stack for as long as its supervisor lives. */
export interface PortBlock {
  /** Position among all blocks; tells stacks on one machine apart. */
  readonly index: number;
  /** Gives the block's next unused port. */
  next(): number;
}

/**
 * Claims the first free block of ports, below the range that the system hands out by itself. Listening on
 * the block's first port is the claim: no two stacks can hold it, and it ends with the process.
 *
 * @throws Error if every block is taken.
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
