import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenFailure } from '../runtime/listen-failure.js';
import { badMetricsAddress } from './errors.js';
import { hostAndPort } from './private/maps.js';

export interface AdminState {
  readonly connectorId: string;
  readyConnections(): number;
  metrics(): string;
}

export interface Admin {
  /** `http://HOST:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The connector's own small server: `/ready` with cloudflared's answer (200 while a connection is
 * registered, 503 otherwise) and `/metrics` in the Prometheus text format.
 *
 * @throws BAD_METRICS_ADDRESS, PORT_IN_USE, CANNOT_LISTEN
 */
export async function openAdmin(address: string, state: AdminState): Promise<Admin> {
  const target = hostAndPort(address);
  if (!target) throw badMetricsAddress({ address });
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/ready') {
      const readyConnections = state.readyConnections();
      const status = readyConnections > 0 ? 200 : 503;
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ status, readyConnections, connectorId: state.connectorId }));
    } else if (path === '/metrics') {
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(state.metrics());
    } else {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('Here are /ready and /metrics.\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenFailure(error, { name: "connector's metrics", address, flag: '--metrics' }));
    });
    server.listen(target.port, target.host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${host}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
