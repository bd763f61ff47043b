import type { IncomingMessage } from 'node:http';

/** Why the edge did not take a connection. */
export interface Refusal {
  /** Absent where the edge only gave a reason. */
  readonly code?: string;
  readonly reason: string;
  /** Whether trying again makes sense. */
  readonly retry: boolean;
}

const MOST_BYTES = 16 * 1024;

/** Reads the answer that came in place of a WebSocket. Only an edge that says so in its own form is not asked again. */
export async function readRefusal(response: IncomingMessage): Promise<Refusal> {
  const text = await readText(response);
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown; retry?: unknown } };
    if (typeof error?.code === 'string' && typeof error.message === 'string') {
      return { code: error.code, reason: error.message, retry: error.retry !== false };
    }
  } catch {
    // Not an edge's refusal: perhaps another server, or one in front of it.
  }
  return {
    code: `HTTP ${response.statusCode}`,
    reason: `what listens there answered ${response.statusCode} and is perhaps no edge's listener for connectors; connectors dial listen.connectors, 127.0.0.1:7843 by default`,
    // An edge that is restarting may be behind a server that answers for it in the meantime.
    retry: true,
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
    }
  } catch {
    // Cut off: what came is all there is.
  }
  return Buffer.concat(chunks).toString('utf8');
}
