import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../../runtime/clock.js';
import { parseAuthority } from './authority.js';
import { type CaStore, type CertificateAuthority, openCertificateAuthority } from './certificate-authority.js';
import type { ServerCertificates } from './ingress.types.js';

export interface Certificates extends ServerCertificates {
  /** The certificate of the authority that signs all others, PEM. Whoever trusts it trusts every name here. */
  caPem(): Promise<string>;
  /** One certificate with these names, whatever the edge serves: for those who know it by other names than clients do. */
  contextWith(names: readonly string[]): Promise<SecureContext>;
}

export interface CertificateOptions {
  /** Whether a name, in lower case, is one that the edge serves. */
  covers(name: string): boolean;
  /** Says when certificates begin and end. Clients compare that with their own clock, so this one should run with the real one. */
  readonly clock: Pick<Clock, 'now'>;
  readonly caStore?: CaStore;
}

const DAY = 24 * 60 * 60 * 1000;
/** Clocks differ: a certificate is valid a day before it is made. */
const DAYS_BEFORE = 1;
/** Browsers accept at most 398 days. */
const DAYS_AFTER = 397;
/** Certificates kept. A wildcard covers any number of names, a client asks for those a person types. */
const CACHE_SIZE = 256;

interface Minted {
  readonly from: number;
  readonly to: number;
  readonly context: Promise<SecureContext>;
}

/** Certificates for the names the edge serves, each made when it is first asked for. Nothing is loaded or made before. */
export function createCertificates({ covers, clock, caStore }: CertificateOptions): Certificates {
  // In the order of their last use: the first is the one to go.
  const cache = new Map<string, Minted>();
  let authority: Promise<CertificateAuthority> | undefined;

  const opened = (): Promise<CertificateAuthority> => {
    if (!authority) {
      authority = openCertificateAuthority(clock.now(), caStore);
      authority.catch(() => {
        authority = undefined;
      });
    }
    return authority;
  };

  const mint = (names: readonly string[]): Minted => {
    const now = clock.now();
    const from = now - DAYS_BEFORE * DAY;
    const to = now + DAYS_AFTER * DAY;
    const context = opened()
      .then((ca) => ca.issue(names, from, to))
      .then(({ certificate, privateKey }) => createSecureContext({ cert: certificate, key: privateKey }));
    return { from, to, context };
  };

  const remembered = (names: readonly string[]): Minted => {
    const now = clock.now();
    const key = names.join(' ');
    let minted = cache.get(key);
    cache.delete(key);
    if (!minted || now < minted.from || now > minted.to - DAY) {
      minted = mint(names);
      const made = minted;
      made.context.catch(() => {
        if (cache.get(key) === made) cache.delete(key);
      });
    }
    cache.set(key, minted);
    if (cache.size > CACHE_SIZE) {
      const oldest = cache.keys().next();
      if (!oldest.done) cache.delete(oldest.value);
    }
    return minted;
  };

  return {
    async caPem() {
      return (await opened()).certificate;
    },
    async contextFor(serverName) {
      const name = parseAuthority(serverName)?.host;
      if (name === undefined || !covers(name)) return undefined;
      return remembered([name]).context;
    },
    contextWith: (names) => remembered(names).context,
  };
}
