import fastifyPlugin from 'fastify-plugin';

/**
 * Closes connections that send a request before the one before it is answered. The response of such a request has no
 * socket while it waits, and emits neither `finish` nor `close` when the connection ends: slots would never be
 * released. Clients that pipeline have to expect this (RFC 9112, 9.3.2). Must be registered first.
 */
export const noPipelining = fastifyPlugin(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (reply.raw.socket !== null) return;
      reply.hijack();
      request.raw.socket.destroy();
    });
  },
  { name: 'no-pipelining' },
);
