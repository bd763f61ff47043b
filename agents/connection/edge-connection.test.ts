import { expect, onTestFinished, test, vi } from 'vitest';
import { Streams } from '../streams.js';
import { connected, everythingTo } from '../testing/connector.js';
import { waitUntil } from '../testing/wait.js';

test('a mistake of ours in handling a message ends that connection, not the others, and it is dialled again', async () => {
  const setup = await connected({ config: everythingTo('http_status:204') }, { connections: 2 });
  onTestFinished(setup.close);
  const { connector, connection, edge } = setup;
  const other = await edge.connection();
  const mistake = vi.spyOn(Streams.prototype, 'open').mockImplementationOnce(() => {
    throw new TypeError('nobody thought of this');
  });
  onTestFinished(() => mistake.mockRestore());
  expect((await connection.request()).failure).toBeDefined();
  expect(await connection.closed).toBe('internal error');
  await waitUntil(() => connector.log.lines.some((line) => line.includes('"reason":"internal error"')));
  expect(connector.log.lines).toContainEqual(expect.stringContaining('an internal error ends a connection'));
  expect((await other.request()).answer?.status).toBe(204);
  connector.time.elapse(1000);
  const again = await edge.connection();
  expect((await again.request()).answer?.status).toBe(204);
});
