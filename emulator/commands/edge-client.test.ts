import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { useServer } from '../../test/support/servers.js';
import { type Fixture, startControl } from '../control/control.fixture.js';
import { stateViewSchema } from '../control/state-view.schema.js';
import { createEdgeClient, readAnswer } from './edge-client.js';

let edge: Fixture;
let url: string;
beforeEach(async () => {
  edge = await startControl();
  url = `http://127.0.0.1:${edge.address.port}`;
});
afterEach(() => edge.control.close());

describe('client of a running edge', () => {
  test('asks where COLOCAL_URL says', async () => {
    expect(await createEdgeClient({ COLOCAL_URL: `${url}/` }).get('/colocal/v1/ca')).toContain('BEGIN CERTIFICATE');
  });

  test.each(['foo', 'localhost:7880', '127.0.0.1:7880', 'ws://127.0.0.1:7880', 'http://'])(
    'refuses COLOCAL_URL=%s and says what it must be',
    (text) => {
      expect(() => createEdgeClient({ COLOCAL_URL: text })).toThrow(
        expect.objectContaining({ code: 'BAD_COLOCAL_URL', fix: expect.stringContaining('http://HOST:PORT') }),
      );
    },
  );

  test("passes the edge's own explanation on", async () => {
    const refused = createEdgeClient({ COLOCAL_URL: url }).get('/colocal/v1/requests/f');
    await expect(refused).rejects.toMatchObject({
      code: 'EDGE_REFUSED',
      message: expect.stringContaining('no request with the ray "f"'),
      fix: expect.stringContaining('the journal keeps'),
    });
  });

  test('says that nothing answers and what to do', async () => {
    await edge.control.close();
    await expect(createEdgeClient({ COLOCAL_URL: url }).get('/')).rejects.toMatchObject({
      code: 'EDGE_UNREACHABLE',
      message: `no edge answers at ${url}: connection refused`,
      fix: expect.stringContaining('colocal up'),
    });
  });
});

describe('something that is not an edge', () => {
  const of = (port: number, deadlines?: ManualDeadlines) =>
    createEdgeClient({ COLOCAL_URL: `http://127.0.0.1:${port}` }, deadlines);

  test.each(['<html>', '{"error": "not found"}', 'null'])('is known by how it refuses: %s', async (body) => {
    const { port } = await useServer((_request, response) => response.writeHead(404).end(body));
    await expect(of(port).get('/colocal/v1/ca')).rejects.toMatchObject({
      code: 'NOT_AN_EDGE',
      message: `what answers at http://127.0.0.1:${port} is not a colocal edge: it answers /colocal/v1/ca with 404`,
    });
  });

  test('is not waited for when it never answers, nor when its answer never ends', async () => {
    for (const begin of [false, true]) {
      const deadlines = new ManualDeadlines();
      const { port } = await useServer((_request, response) => {
        if (begin) response.write('{');
        deadlines.elapse(10_000);
      });
      await expect(of(port, deadlines).get('/')).rejects.toMatchObject({
        code: 'EDGE_UNREACHABLE',
        message: `no edge answers at http://127.0.0.1:${port}: no answer within 10 seconds`,
      });
      expect(deadlines.size).toBe(0);
    }
  });

  test('says in one line that it does not speak TLS', async () => {
    const { port } = edge.address;
    const answer = createEdgeClient({ COLOCAL_URL: `https://127.0.0.1:${port}` }).get('/');
    await expect(answer).rejects.toMatchObject({
      code: 'EDGE_UNREACHABLE',
      message: `no edge answers at https://127.0.0.1:${port}: it does not speak TLS; the API is at http://`,
    });
  });

  test('sends what is not JSON, or JSON of another form', () => {
    const read = (text: string) => () => readAnswer('http://x', text, stateViewSchema);
    expect(read('hello')).toThrow(expect.objectContaining({ code: 'NOT_AN_EDGE' }));
    expect(read('{}')).toThrow(
      expect.objectContaining({ code: 'EDGE_DIFFERS', message: expect.stringMatching(/understand: version$/) }),
    );
    expect(read('[]')).toThrow(expect.objectContaining({ message: expect.stringMatching(/understand: its answer$/) }));
  });
});
