import { limit } from './quantities';
import { integer } from './scalars';
import { section } from './section';

/** How much one API process does at once, so that no client keeps the others from being served. */
export const limits = section({
  requests: integer(1)
    .prefault(5000)
    .describe('Requests answered at once, event streams aside; more get 503.'),
  requestsOfUser: integer(1).prefault(50).describe('The same on the account of one user; more get 429.'),
  eventStreams: integer(1).prefault(10_000).describe('Event streams open at once; more get 503.'),
  eventStreamsOfUser: integer(1).prefault(50).describe('The same on the account of one user; more get 429.'),
  spawnsPerMinute: integer(1)
    .prefault(30)
    .describe('Spawns that may be asked for in a minute on the account of one user; more get 429.'),
  tokenLookups: integer(1)
    .prefault(50)
    .describe('Tokens looked up at once; a hundred times as many may wait for each address, more get 503.'),
  invalidTokensPerMinute: integer(1)
    .prefault(60)
    .describe(
      'Invalid tokens from one address in a minute, after which tokens that were not valid lately get 429.',
    ),
  eventLoopDelay: limit()
    .prefault('2s')
    .describe('Mean delay of the event loop beyond which all but probes get 503.'),
  stalledReader: limit()
    .prefault('30s')
    .describe('How long the client of an event stream may take nothing of it before it is cut off.'),
  requestHeaders: limit().prefault('10s').describe('How long a connection may take to send headers.'),
  connections: integer(1).prefault(20_000).describe('Connections open at once; more are closed.'),
});
