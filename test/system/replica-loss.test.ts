import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { REPLAY_LIMIT } from '../../emulator/forward/replay.js';
import { FrameType } from '../../protocol/frames.js';
import { encodeReset, ResetCause } from '../../protocol/messages.js';
import { ask, open, whole } from '../support/client.js';
import type { ConnectorPeer, Frame } from '../support/connector-peer.js';
import { address, configOfPaths, nextEvent, useEmulator, usePeer } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useServer } from '../support/servers.js';

const routeOf = (response: Response) => parseRoute(response.headers.get('colocal-route'));
const HOST = 'tunnel.example.com';
const URL_OF_TUNNEL = `http://${HOST}/`;

/** An origin behind a far replica that is well, and a near one that is not what it seems. */
async function useNearAndFar(tunnel: 'app' | 'gateway') {
  const bodies: string[] = [];
  const { port } = await useServer(async (request, response) => {
    bodies.push((await whole(request)).body);
    response.end('from the far replica');
  });
  const emu = await useEmulator({ config: configOfPaths({ port }) });
  const far = await emu.connect({ tunnel, location: 'LHR', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] });
  return { emu, far, near: await usePeer(emu, tunnel, { location: 'NRT' }), bodies };
}

const credit = (bytes: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
};

/** Takes what the edge sends on a stream until its end, and gives the credit back. */
async function takeBody(peer: ConnectorPeer, bytes: number): Promise<void> {
  for (let taken = 0; taken < bytes; ) {
    const { stream, payload } = await peer.next(FrameType.DATA);
    taken += payload.length;
    peer.send(FrameType.WINDOW, stream, credit(payload.length));
    peer.send(FrameType.WINDOW, 0, credit(payload.length));
  }
}

describe('when a replica breaks off in the middle of a request', () => {
  test('a GET is answered by another one, within the same attempt', async () => {
    const { emu, near, far, bodies } = await useNearAndFar('app');
    const answer = emu.fetch(URL_OF_TUNNEL);
    await near.next(FrameType.OPEN);
    near.break();
    const response = await answer;
    expect(await response.text()).toBe('from the far replica');
    const route = routeOf(response);
    expect(route).toMatchObject({ attempts: 1, connector: far.id, egress: 'LHR' });
    expect(bodies).toEqual(['']);
    const steps = emu.requests
      .find(String(route.ray))
      ?.reasons.filter((reason) => reason.step === 'replica')
      .map((reason) => reason.outcome);
    expect(steps).toEqual(['chosen', 'failed', 'chosen']);
  });

  test('a POST that may have reached the origin is not repeated: 502', async () => {
    const { emu, near, bodies } = await useNearAndFar('app');
    const answer = emu.fetch(URL_OF_TUNNEL, { method: 'POST', body: 'order one' });
    await near.next(FrameType.END);
    near.break();
    const response = await answer;
    expect(response.status).toBe(502);
    expect(response.headers.get('cf-error-type')).toBeNull();
    expect(emu.requests.find(String(routeOf(response).ray))?.attempts[0]?.failure).toBe('lost');
    expect(bodies).toEqual([]);
  });

  test('a POST that certainly did not reach the origin is given to another, body and all', async () => {
    const { emu, near, bodies } = await useNearAndFar('app');
    const answer = emu.fetch(URL_OF_TUNNEL, { method: 'POST', body: 'order two' });
    const { stream } = await near.next(FrameType.END);
    near.send(
      FrameType.RESET,
      stream,
      encodeReset({ cause: ResetCause.STREAM_REFUSED, unsent: true, detail: 'too many streams' }),
    );
    expect(await (await answer).text()).toBe('from the far replica');
    expect(bodies).toEqual(['order two']);
  });

  test('a PUT is repeated from its beginning while its body is still in the replay buffer', async () => {
    const { emu, near, bodies } = await useNearAndFar('app');
    const body = 'x'.repeat(REPLAY_LIMIT);
    const answer = emu.fetch(URL_OF_TUNNEL, { method: 'PUT', body });
    await near.next(FrameType.OPEN);
    await takeBody(near, body.length);
    near.break();
    expect(await (await answer).text()).toBe('from the far replica');
    expect(bodies).toEqual([body]);
  });

  test('a PUT whose body was longer than that is not: 502', async () => {
    const { emu, near, bodies } = await useNearAndFar('app');
    const body = 'x'.repeat(REPLAY_LIMIT + 1);
    const answer = emu.fetch(URL_OF_TUNNEL, { method: 'PUT', body });
    await near.next(FrameType.OPEN);
    await takeBody(near, body.length);
    near.break();
    expect((await answer).status).toBe(502);
    expect(bodies).toEqual([]);
  });

  const beginAnswer = (peer: ConnectorPeer, { stream }: Frame): void => {
    peer.json(FrameType.HEAD, stream, { status: 200, headers: [], source: 'origin' });
    peer.send(FrameType.DATA, stream, Buffer.from('half '));
  };

  test('after the head of the answer the client’s stream breaks, and says so', async () => {
    const { emu, near, bodies } = await useNearAndFar('app');
    const request = open(address(emu, 'url'), HOST).end();
    beginAnswer(near, await near.next(FrameType.OPEN));
    const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
    await new Promise((resolve) => response.once('readable', resolve));
    near.break();
    await expect(whole(response)).rejects.toThrow('aborted');
    expect(bodies).toEqual([]);
    const ray = String(parseRoute(String(response.headers['colocal-route'])).ray);
    expect(emu.requests.find(ray)).toMatchObject({ status: 200, outcome: 'cut_off', attempts: [{ failure: 'lost' }] });
  });

  test('after the head an HTTP/2 client gets its stream reset, and keeps its connection', async () => {
    const { emu, near } = await useNearAndFar('app');
    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: HOST, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/', ':authority': HOST });
    beginAnswer(near, await near.next(FrameType.OPEN));
    await new Promise((resolve) => stream.once('data', resolve));
    const broken = new Promise<Error>((resolve) => stream.once('error', resolve));
    near.break();
    expect((await broken).message).toMatch(/Stream closed with error code NGHTTP2_INTERNAL_ERROR/);
    const again = session.request({ ':path': '/', ':authority': HOST });
    let text = '';
    for await (const chunk of again) text += chunk;
    expect(text).toBe('from the far replica');
  });

  test('every one of fifty requests is answered as its method says, none hangs', async () => {
    const { emu, near, far, bodies } = await useNearAndFar('app');
    const methods = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'GET' : 'POST'));
    const answers = methods.map((method) => emu.fetch(URL_OF_TUNNEL, { method }));
    for (const _ of methods) await near.next(FrameType.END);
    const gone = nextEvent(emu, 'connection.closed');
    near.break();
    await gone;
    for (const [index, answer] of answers.entries()) {
      const response = await answer;
      await response.arrayBuffer();
      expect(response.status).toBe(methods[index] === 'GET' ? 200 : 502);
      if (methods[index] === 'GET') expect(routeOf(response).connector).toBe(far.id);
    }
    expect(bodies).toHaveLength(25);
  });

  test('and none is left, the answer is 502', async () => {
    const { emu, near, far } = await useNearAndFar('app');
    await far.close();
    const answer = emu.fetch(URL_OF_TUNNEL);
    await near.next(FrameType.OPEN);
    near.break();
    expect((await answer).status).toBe(502);
  });
});

describe('when a gateway breaks off in the middle of a request to a private address', () => {
  const PRIVATE = 'private.example.com';

  /** Answers the dial and takes the request off the wire. */
  async function takeRequest(near: ConnectorPeer): Promise<void> {
    const { stream, payload } = await near.next(FrameType.OPEN);
    expect(JSON.parse(String(payload))).toMatchObject({ kind: 'tcp', ip: '10.1.2.3' });
    near.json(FrameType.HEAD, stream, { status: 200, headers: [], source: 'connector' });
    expect(String((await near.next(FrameType.DATA)).payload)).toMatch(/^(GET|POST) \/ HTTP\/1\.1\r\n/);
  }

  test('a GET is answered through another one', async () => {
    const { emu, near, far } = await useNearAndFar('gateway');
    const answer = emu.fetch(`http://${PRIVATE}/`);
    await takeRequest(near);
    near.break();
    const response = await answer;
    expect(await response.text()).toBe('from the far replica');
    expect(routeOf(response)).toMatchObject({ attempts: 1, connector: far.id, egress: 'LHR' });
  });

  test('a POST is not repeated: 502', async () => {
    const { emu, near, bodies } = await useNearAndFar('gateway');
    const answer = emu.fetch(`http://${PRIVATE}/`, { method: 'POST', body: 'order three' });
    await takeRequest(near);
    near.break();
    expect((await answer).status).toBe(502);
    expect(bodies).toEqual([]);
  });

  test('a POST whose dial it did not answer yet goes through another one', async () => {
    const { emu, near, bodies } = await useNearAndFar('gateway');
    const answer = emu.fetch(`http://${PRIVATE}/`, { method: 'POST', body: 'order four' });
    await near.next(FrameType.OPEN);
    near.break();
    expect((await answer).status).toBe(200);
    expect(bodies).toEqual(['order four']);
  });

  test('after the head the client’s stream breaks', async () => {
    const { emu, near } = await useNearAndFar('gateway');
    const answer = ask(address(emu, 'url'), PRIVATE);
    const { stream } = await near.next(FrameType.OPEN);
    near.json(FrameType.HEAD, stream, { status: 200, headers: [], source: 'connector' });
    await near.next(FrameType.DATA);
    near.send(FrameType.DATA, stream, Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf '));
    near.break();
    await expect(answer).rejects.toThrow('aborted');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 200, outcome: 'cut_off' });
  });
});
