/**
 * Moves large bodies and prints how many seconds it took.
 *
 *   transfer.ts download|upload URL BYTES TIMES HEADERS_AS_JSON
 */
import { request } from 'node:http';

const [direction, url, bytesText, timesText, headersText] = process.argv.slice(2);
if (!url || (direction !== 'download' && direction !== 'upload')) {
  throw new Error('usage: transfer.ts download|upload URL BYTES TIMES HEADERS_AS_JSON');
}
const bytes = Number(bytesText);
const headers = JSON.parse(headersText ?? '{}') as Record<string, string>;
const CHUNK = Buffer.alloc(64 * 1024, 'colocal ');

const transfer = direction === 'download' ? download : upload;
const begin = performance.now();
for (let i = 0; i < Number(timesText); i++) await transfer(url);
console.log(((performance.now() - begin) / 1000).toFixed(6));

function download(base: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${base}/bytes/${bytes}`, { headers }, (response) => {
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200 && received === bytes) resolve();
        else reject(new Error(`status ${response.statusCode}, ${received} of ${bytes} bytes`));
      });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

function upload(base: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { ...headers, 'Content-Length': String(bytes) } };
    const outgoing = request(`${base}/upload`, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const answer = Buffer.concat(parts).toString();
        // The origin says how much arrived.
        if (response.statusCode === 200 && answer.includes(String(bytes))) resolve();
        else reject(new Error(`status ${response.statusCode}: ${answer.slice(0, 200)}`));
      });
    });
    outgoing.once('error', reject);
    let left = bytes;
    const send = (): void => {
      while (left > 0) {
        const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
        left -= chunk.length;
        if (!outgoing.write(chunk)) {
          outgoing.once('drain', send);
          return;
        }
      }
      outgoing.end();
    };
    send();
  });
}
