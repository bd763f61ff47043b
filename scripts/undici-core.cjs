// What the edge's and the connector's hot paths use of undici, without fetch, WebSocket, caches and the rest, which
// would be a third of everything that a start has to parse. The bundle puts it in undici's place (bundle.ts).
module.exports = {
  Client: require('undici/lib/dispatcher/client'),
  Pool: require('undici/lib/dispatcher/pool'),
  buildConnector: require('undici/lib/core/connect'),
};
