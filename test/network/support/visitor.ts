/**
 * A client in a process of its own, because a network namespace is a process's: makes all the visits of its argument
 * at the same time, and prints what came of each.
 */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Came, Visit } from './visits.js';

async function make(visit: Visit): Promise<Came> {
  const { by, to } = visit;
  if (visit.user === undefined) return get({ ...hostOf(by), headers: { host: to }, agent: false });
  const credentials = Buffer.from(`${visit.user}:x`).toString('base64');
  const asked = request({
    ...hostOf(by),
    method: 'CONNECT',
    path: to,
    headers: { 'proxy-authorization': `Basic ${credentials}` },
    agent: false,
  });
  const [answer, socket] = await new Promise<[IncomingMessage, Socket]>((resolve, reject) => {
    asked.on('connect', (response, stream: Socket) => resolve([response, stream]));
    asked.on('error', reject);
    asked.end();
  });
  // With an agent, it would be the agent that makes the connection.
  if (answer.statusCode === 200) return get({ createConnection: () => socket, headers: { host: to } });
  socket.destroy();
  return { status: answer.statusCode ?? 0 };
}

function get(options: RequestOptions): Promise<Came> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const origin = response.headers['x-origin'];
      response.resume();
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, ...(typeof origin === 'string' ? { origin } : {}) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

function hostOf(url: string): { readonly host: string; readonly port: string } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port };
}

const visits = JSON.parse(process.argv[2] ?? '[]') as readonly Visit[];
console.log(JSON.stringify(await Promise.all(visits.map(make))));
