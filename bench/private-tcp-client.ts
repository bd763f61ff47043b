/**
 * The client of bench/private-tcp.ts, in a process of its own. Prints a number when it is done.
 *
 *   private-tcp-client.ts download|upload TARGET BYTES       seconds
 *   private-tcp-client.ts connect TARGET SECONDS AT_ONCE     connections a second, each with a byte there and back
 *   private-tcp-client.ts idle TARGET COUNT                  how many are open, after the byte; holds them until its input ends
 *
 * TARGET is HOST:PORT, or HOST:PORT@PROXY_PORT for what is reached through the on-ramp.
 */
import { connect, type Socket } from 'node:net';

const [what, target = '', first, second] = process.argv.slice(2);
const [, host = '', port = '', proxy] = /^([\d.]+):(\d+)(?:@(\d+))?$/.exec(target) ?? [];
if (!host) throw new Error(`not a target: ${target}`);

/** Of RFC 1928: nobody is asked who it is, and the address is IPv4. */
const GREETING = Buffer.from([5, 1, 0]);
const WISH = Buffer.from([5, 1, 0, 1, ...host.split('.').map(Number), Number(port) >> 8, Number(port) & 255]);
const ANSWERS = 12;
const CHUNK = Buffer.alloc(64 * 1024, 'colocal ');

if (what === 'download' || what === 'upload') {
  const bytes = Number(first);
  const from = performance.now();
  await (what === 'download' ? download(bytes) : upload(bytes));
  console.log(((performance.now() - from) / 1_000).toFixed(6));
} else if (what === 'connect') {
  const until = performance.now() + Number(first) * 1_000;
  let made = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: Number(second) }, async () => {
      while (performance.now() < until) {
        (await echoed()).destroy();
        made++;
      }
    }),
  );
  console.log((made / ((performance.now() - from) / 1_000)).toFixed(3));
} else if (what === 'idle') {
  const held: Socket[] = [];
  const count = Number(first);
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (held.length < count) {
        const place = held.push(undefined as unknown as Socket) - 1;
        held[place] = await echoed();
      }
    }),
  );
  console.log(held.filter((socket) => !socket.destroyed).length);
  process.stdin.once('end', () => process.exit(0)).resume();
} else throw new Error(`what is ${what}?`);

/** A connection to the server, through the on-ramp or not. */
function opened(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const through = proxy === undefined ? { host, port: Number(port) } : { host: '127.0.0.1', port: Number(proxy) };
    const socket = connect({ ...through, noDelay: true, allowHalfOpen: true });
    socket.once('error', reject);
    if (proxy === undefined) {
      socket.once('connect', () => resolve(socket));
      return;
    }
    // Both at once: there is nothing in the first answer that the second message would depend on.
    socket.once('connect', () => socket.write(Buffer.concat([GREETING, WISH])));
    let answer = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < ANSWERS) return;
      socket.off('data', read);
      socket.pause();
      if (answer[3] === 0 && answer.length === ANSWERS) resolve(socket);
      else reject(new Error(`the on-ramp answered ${answer.toString('hex')}`));
    };
    socket.on('data', read);
  });
}

async function echoed(): Promise<Socket> {
  const socket = await opened();
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before the byte was back')));
    socket.once('data', () => {
      socket.removeAllListeners('close');
      resolve(socket);
    });
    socket.resume();
    socket.write('e');
  });
}

async function download(bytes: number): Promise<void> {
  const socket = await opened();
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('end', resolve);
    socket.once('error', reject);
  });
  socket.resume();
  socket.write(`d${bytes.toString(16).padStart(8, '0')}`);
  await ended;
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`);
  socket.destroy();
}

async function upload(bytes: number): Promise<void> {
  const socket = await opened();
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before the end was heard')));
  });
  socket.resume();
  socket.write('u');
  let left = bytes;
  while (left > 0) {
    const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
    left -= chunk.length;
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
  await answered;
  socket.destroy();
}
