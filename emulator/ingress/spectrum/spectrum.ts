import type { Socket } from 'node:net';
import { ColocalError, messageOf } from '../../../runtime/errors.js';
import { listenText, overlap } from '../../../runtime/listen-address.js';
import { listenFailure } from '../../../runtime/listen-failure.js';
import type { SpectrumApplication } from '../../state/objects.js';
import { ClientSockets } from '../client-sockets.js';
import { listen } from '../listen.js';
import { createTls } from '../tls.js';
import { handOn } from './guest.js';
import { SPECTRUM_LIMITS, type SpectrumLimits } from './limits.js';
import type { SpectrumContext, SpectrumListen } from './spectrum.types.js';

export interface SpectrumOptions extends Omit<SpectrumContext, 'limits' | 'log'> {
  /** Each has its default: see {@link SPECTRUM_LIMITS}. */
  readonly limits?: Partial<SpectrumLimits>;
  readonly log?: SpectrumContext['log'];
}

/** An application's listener that is open. */
export interface SpectrumAddress {
  /** Name of the application. */
  readonly application: string;
  /** As clients would write it, with the port that was taken: `tcp://127.0.0.1:5432`. */
  readonly address: string;
  readonly port: number;
}

/** The listeners of the Spectrum applications, which come and go with them. */
export interface Spectrum {
  /** Opens what the applications want open. Fails with PORT_IN_USE or CANNOT_LISTEN, which name the application. */
  open(): Promise<void>;
  /**
   * Brings the listeners in step with the applications: those that are new are opened, and then those that nobody
   * wants any more take nothing new; first those that are in the way of a new one, as 127.0.0.1:5432 is of 0.0.0.0:5432.
   * What cannot be opened is told, and its application stays where it was. Connections stay. Resolves when it is done.
   */
  follow(): Promise<void>;
  /** In the order of the account. */
  addresses(): readonly SpectrumAddress[];
  /** Takes nothing new, lets what is open finish for `graceMs`, then breaks it off. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** An address that is open. Which application it is for may change. */
interface OpenListener {
  applicationId: string;
  /** Of the application, when it was last wanted. */
  name: string;
  readonly address: SpectrumListen;
  readonly stop: () => void;
}

/** Builds the Spectrum side; nothing is opened yet. */
export function createSpectrum(options: SpectrumOptions): Spectrum {
  const context: SpectrumContext = {
    ...options,
    limits: { ...SPECTRUM_LIMITS, ...options.limits },
    log: options.log ?? { debug: () => undefined, warn: () => undefined },
  };
  const { applications, addressOf, limits, deadlines, events } = context;
  /** By what was asked for: see `keyOf`. */
  const listeners = new Map<string, OpenListener>();
  const clients = new ClientSockets();
  /** The application behind a connection that is in its TLS handshake. */
  const handshaking = new WeakMap<Socket, SpectrumApplication>();
  const tls = createTls(context, {
    halfOpen: true,
    accept: (client, raw) => {
      const application = handshaking.get(raw);
      if (application) handOn(client, raw, application, context);
    },
  });
  let latest: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;

  /** Any free port is each application's own. */
  const keyOf = (application: SpectrumApplication): string =>
    addressOf(application)?.port === 0 ? `${application.listen} ${application.id}` : application.listen;

  const tell = (type: string, application: string, what: string): void =>
    events.emit(type, `the Spectrum application ${application} ${what}`, { application });

  const accept = (socket: Socket, applicationId: string): void => {
    clients.add(socket);
    const application = applications().get(applicationId);
    if (!application || closed) {
      socket.resetAndDestroy();
    } else if (application.tls === 'off') {
      handOn(socket, socket, application, context);
    } else {
      handshaking.set(socket, application);
      tls.accept(socket);
    }
  };

  const openFor = async (application: SpectrumApplication): Promise<void> => {
    const wanted = addressOf(application);
    const key = keyOf(application);
    const known = listeners.get(key);
    if (known) {
      known.applicationId = application.id;
      known.name = application.name;
    }
    if (known || !wanted) return;
    const details = {
      name: `Spectrum application ${JSON.stringify(application.name)}`,
      flag: `listen of ${application.name} under spectrum`,
    };
    let opened: OpenListener | undefined;
    try {
      const { address, stop } = await listen(details, wanted.host, wanted.port, limits.connections, (socket) =>
        accept(socket, opened?.applicationId ?? application.id),
      );
      opened = {
        applicationId: application.id,
        name: application.name,
        address: { host: wanted.host, port: address.port },
        stop,
      };
      listeners.set(key, opened);
      if (closed) stop();
      else tell('spectrum.listening', application.name, `listens at ${urlOf(opened.address)}`);
    } catch (error) {
      if (error instanceof ColocalError) throw error;
      throw listenFailure(error, { ...details, address: application.listen });
    }
  };

  /** Stops those of the listeners that no application asks for. */
  const stopUnwanted = (which: (listener: OpenListener) => boolean): readonly OpenListener[] => {
    const wanted = new Set([...applications().values()].map(keyOf));
    const stopped = [...listeners].filter(([key, listener]) => !wanted.has(key) && which(listener));
    for (const [key, { name, address, stop }] of stopped) {
      stop();
      listeners.delete(key);
      tell('spectrum.closed', name, `does not listen at ${urlOf(address)} any more`);
    }
    return stopped.map(([, listener]) => listener);
  };

  /** Opens what an application wants, where one of our own listeners may be in the way; it comes back if that fails. */
  const moveTo = async (application: SpectrumApplication): Promise<void> => {
    const wanted = addressOf(application);
    const inTheWay = wanted ? stopUnwanted(({ address }) => overlap(address, wanted)) : [];
    try {
      await openFor(application);
    } catch (error) {
      for (const { applicationId, address } of inTheWay) {
        const owner = applications().get(applicationId);
        if (owner) await openFor({ ...owner, listen: listenText(address) });
      }
      throw error;
    }
  };

  const bringInStep = async (): Promise<void> => {
    const failed = new Set<string>();
    for (const application of [...applications().values()]) {
      if (closed) return;
      try {
        await moveTo(application);
      } catch (error) {
        failed.add(application.id);
        tell('spectrum.refused', application.name, `stays as it was: ${messageOf(error)}`);
      }
    }
    // An application whose new address could not be opened keeps the old one.
    stopUnwanted(({ applicationId }) => !(failed.has(applicationId) && applications().has(applicationId)));
  };

  const shut = async (graceMs: number): Promise<void> => {
    await latest;
    for (const { stop } of listeners.values()) stop();
    tls.leave();
    await clients.gone(graceMs, deadlines);
  };

  return {
    open() {
      const opening = latest.then(async () => {
        for (const application of applications().values()) await openFor(application);
      });
      latest = opening.catch(() => undefined);
      return opening;
    },
    follow() {
      latest = latest.then(bringInStep);
      return latest;
    },
    addresses: () =>
      [...applications().values()].flatMap(({ id, name }) =>
        [...listeners.values()]
          .filter(({ applicationId }) => applicationId === id)
          .map(({ address }) => ({ application: name, address: urlOf(address), port: address.port })),
      ),
    close(graceMs) {
      closed ??= shut(graceMs);
      return closed;
    },
  };
}

function urlOf(address: SpectrumListen): string {
  return `tcp://${listenText(address)}`;
}
