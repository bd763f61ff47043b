import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** How a request went, as the client saw it. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  /** The response began, and its stream was reset. */
  | { readonly kind: 'cut off'; readonly status: number; readonly body: string }
  /** No response began. */
  | { readonly kind: 'failed'; readonly code: string };

export interface Sent {
  /** Resolves when the response has begun, or never will. */
  readonly begun: Promise<void>;
  readonly outcome: Promise<Outcome>;
}

export interface SendOptions {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the edge's traffic listener for `path` of app.example.com, over a connection of its own. */
export function send(edge: string, path: string, { method = 'GET', body, headers = {} }: SendOptions = {}): Sent {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    const outgoing = request(`${edge}${path}`, {
      method,
      headers: { host: 'app.example.com', ...headers },
      agent: false,
    });
    outgoing.on('response', (response) => {
      begin();
      resolve(read(response));
    });
    // After the response began, its own events tell the rest.
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', code: error.code ?? error.message }),
    );
    outgoing.on('close', begin);
    outgoing.end(body);
  });
  return { begun, outcome };
}

/** As {@link send}, to its end. */
export function ask(edge: string, path = '/', options: SendOptions = {}): Promise<Outcome> {
  return send(edge, path, options).outcome;
}

function read(response: IncomingMessage): Promise<Outcome> {
  const { headers, statusCode: status = 0 } = response;
  let body = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    body += piece;
  });
  // 'close' follows, whatever the error.
  response.on('error', () => undefined);
  return new Promise((resolve) => {
    response.on('close', () =>
      resolve(response.complete ? { kind: 'answered', status, headers, body } : { kind: 'cut off', status, body }),
    );
  });
}
