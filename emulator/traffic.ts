import { type Clock, createClock } from '../runtime/clock.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { Rng } from '../runtime/rng.js';
import { FailedAttempts } from './forward/failed-attempts.js';
import { createForwarder, type OwnForwarder } from './forward/forward.js';
import { createErrorPages } from './forward/pages.js';
import { createPlanner } from './forward/private/load-balanced-plan.js';
import { createPrivateForwarder, type OwnPrivateForwarder } from './forward/private/private-forwarder.js';
import { createSpectrumForwarder, type OwnSpectrumForwarder } from './forward/spectrum/spectrum-forwarder.js';
import type { Health } from './health/health.js';
import type { CaStore } from './ingress/certificate-authority.js';
import { type Certificates, createCertificates } from './ingress/certificates.js';
import { createIngress, type Ingress } from './ingress/ingress.js';
import type { ClientVantage } from './ingress/ingress.types.js';
import { createOnRamp, type OnRamp } from './ingress/on-ramp/on-ramp.js';
import { Strangers } from './ingress/on-ramp/strangers.js';
import { createSpectrum, type Spectrum } from './ingress/spectrum/spectrum.js';
import type { Events, Journal } from './observe/journal.types.js';
import type { Log } from './observe/log.js';
import type { Metrics } from './observe/metrics.js';
import type { Reach } from './reach/reach.js';
import { parseListenAddress } from './state/listen-address.js';
import { type EdgeView, hasCertificate } from './view.js';

export interface TrafficDeps {
  readonly view: () => EdgeView;
  readonly tunnelName: (id: string) => string | undefined;
  readonly health: Health;
  readonly reach: Reach;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly log: Log;
  readonly deadlines: Deadlines;
  /** How long answers are waited for. */
  readonly waits: Deadlines;
  readonly clock: Clock;
  /** The edge's own. */
  readonly rng: Rng;
  /** Where the certificate authority is kept. Absent: nowhere. */
  readonly caStore?: CaStore;
}

/** The way in, whatever clients speak: HTTP, into private networks, and TCP for load balancers. */
export interface Traffic {
  readonly certificates: Certificates;
  readonly ingress: Ingress;
  readonly onRamp: OnRamp;
  readonly spectrum: Spectrum;
  readonly http: OwnForwarder;
  readonly privately: OwnPrivateForwarder;
  readonly tcp: OwnSpectrumForwarder;
  /** What comes is counted from the beginning again; sessions and what is in hand are forgotten. */
  reset(): void;
  /** Takes nothing new, lets what is open finish for `graceMs`, then breaks it off. */
  close(graceMs: number): Promise<void>;
  /** Tells of nothing any more: when what carries traffic is closed as well. */
  end(): void;
}

/** Builds forwarders and listeners; nothing is opened yet. */
export function createTraffic(deps: TrafficDeps): Traffic {
  const { view, tunnelName, health, reach, journal, metrics, events, log, deadlines, waits, clock, rng } = deps;
  const now = (): number => clock.now();
  const settings = () => view().account.settings;
  const failedAttempts = new FailedAttempts(events, deadlines);
  const strangers = new Strangers(events, deadlines);
  const http = createForwarder(
    {
      snapshot: () => view().steering,
      zone: (id) => view().account.zones.get(id),
      tunnelName,
      settings: () => {
        const { route_header, record, timeouts } = settings();
        return { routeHeader: route_header, record, responseTimeout: timeouts.response, idleTimeout: timeouts.idle };
      },
      health,
      reach,
      journal,
      metrics,
      deadlines: waits,
      now,
      pages: createErrorPages(),
      failedAttempts,
    },
    rng.fork('requests'),
  );
  const connections = {
    tunnelName,
    reach,
    idleTimeout: () => settings().timeouts.idle,
    journal,
    metrics,
    deadlines,
    now,
    failedAttempts,
  };
  const privately = createPrivateForwarder(
    {
      ...connections,
      view: () => view().private,
      plan: createPlanner({ snapshot: () => view().steering, health, now }),
    },
    rng.fork('private'),
  );
  const { observations, live } = http;
  const tcp = createSpectrumForwarder(
    { ...connections, snapshot: () => view().steering, observations, live },
    rng.fork('spectrum'),
  );
  // Certificates are checked by clients, who live in real time whatever the model's clock says.
  const certificates = createCertificates({
    covers: (name) => hasCertificate(view(), name),
    clock: createClock({ mode: 'real', deadlines }),
    ...(deps.caStore && { caStore: deps.caStore }),
  });
  const vantage: ClientVantage = { resolve: (...client) => view().vantage.resolve(...client) };
  const ingress = createIngress({ forwarder: http, vantage, deadlines, certificates, log });
  const onRamp = createOnRamp({
    forwarder: privately,
    vantage,
    pages: http.pages,
    deadlines,
    log,
    onStranger: (address, user) => strangers.note(address, user),
  });
  const applications = () => view().account.spectrum;
  const spectrum = createSpectrum({
    forwarder: tcp,
    vantage,
    certificates,
    deadlines,
    log,
    applications,
    addressOf: ({ listen }) => parseListenAddress(listen),
    events,
  });

  return {
    certificates,
    ingress,
    onRamp,
    spectrum,
    http,
    privately,
    tcp,
    reset() {
      http.reset();
      privately.reset();
      tcp.reset();
    },
    async close(graceMs) {
      await Promise.all([ingress.close(graceMs), onRamp.close(graceMs), spectrum.close(graceMs)]);
    },
    end() {
      failedAttempts.close();
      strangers.close();
    },
  };
}
