/**
 * SHA-256 (FIPS 180-4) of short texts, in hexadecimal. Workflows have no `node:crypto`, and Web Crypto is asynchronous.
 * Not for secrets: its duration depends on the length.
 */
export function sha256(text: string): string {
  const message = padded(new TextEncoder().encode(text));
  const state = firstFractionBits(8, Math.sqrt);
  for (let offset = 0; offset < message.byteLength; offset += BLOCK) {
    compress(state, new DataView(message.buffer, offset, BLOCK));
  }
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Bytes of a block. */
const BLOCK = 64;
const ROUNDS = 64;

/** The message, a one bit, zeros, and the message's length in bits as 64-bit integer, to whole blocks. */
function padded(message: Uint8Array): Uint8Array {
  const blocks = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  blocks.set(message);
  blocks[message.length] = 0x80;
  new DataView(blocks.buffer).setBigUint64(blocks.length - 8, BigInt(message.length) * 8n);
  return blocks;
}

/** The first 32 bits of the fractional parts of the roots of the first primes: the standard's constants. */
function firstFractionBits(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

const CONSTANTS = firstFractionBits(ROUNDS, Math.cbrt);

const rotated = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The message schedule of one block. */
function schedule(block: DataView): Uint32Array {
  const words = new Uint32Array(ROUNDS);
  const at = (index: number): number => words[index] ?? 0;
  for (let index = 0; index < ROUNDS; index += 1) {
    if (index < 16) {
      words[index] = block.getUint32(index * 4);
      continue;
    }
    const [early, late] = [at(index - 15), at(index - 2)];
    const small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words[index] = at(index - 16) + small0 + at(index - 7) + small1;
  }
  return words;
}

function compress(state: Uint32Array, block: DataView): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  schedule(block).forEach((word, round) => {
    const large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + large1 + choice + (CONSTANTS[round] ?? 0) + word) | 0;
    const large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + large0 + majority) | 0];
  });
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = (state[index] ?? 0) + word;
  });
}
