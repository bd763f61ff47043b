import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startControl } from '../control/control.fixture.js';
import { createEdgeClient } from './edge-client.js';

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
