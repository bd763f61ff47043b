import { CONNECTIONS_PER_CONNECTOR } from '../connected.js';
import { allClosed, awayFrom, backIn, isEndpointChange, isPoolChange, poolBecomes } from './effects.js';
import { answeredBy, connectionsEnd, noneLost, noneLostAfterwards, noRetryableLost } from './expectations.js';
import type { Step } from './step.types.js';

/** The data center in which requests come in, and where tunnel tokyo ends first. */
const NEAREST = 'NRT';
const FAULT = 'nearest-down';
const ALL = CONNECTIONS_PER_CONNECTOR;
const wentByReplica = { request: () => true, steps: ['pool', 'replica'] };

/** The story, on the setup of examples/story: each step builds on what the ones before have left. */
export const PLOT: readonly Step[] = [
  {
    title: 'All is well',
    does: 'Nothing is done: the other steps are compared with this one.',
    act: async () => undefined,
    expects: [noneLost, answeredBy('tokyo-app')],
    why: { events: () => false, ...wentByReplica },
  },
  {
    title: 'A replica is killed',
    does: 'kill -9 of connector tokyo-1, one of three replicas of tunnel tokyo.',
    act: (stage) => stage.end('tokyo-1', 'SIGKILL'),
    effect: allClosed('tokyo-1'),
    expects: [noRetryableLost, noneLostAfterwards, answeredBy('tokyo-app')],
    why: {
      events: ({ type }) => type === 'connection.closed',
      // One that was under way through it.
      request: ({ reasons, status }) =>
        status === 200 && reasons.some(({ step, outcome }) => step === 'replica' && outcome === 'failed'),
      steps: ['replica'],
    },
  },
  {
    title: 'A replica is drained',
    does: 'kill (SIGTERM) of connector tokyo-2: it finishes what it has, then leaves.',
    act: (stage) => stage.end('tokyo-2', 'SIGTERM'),
    effect: allClosed('tokyo-2'),
    expects: [noneLost, answeredBy('tokyo-app')],
    why: { events: ({ type }) => type === 'connection.closed', ...wentByReplica },
  },
  {
    title: `Data center ${NEAREST} goes down`,
    does: `A fault takes ${NEAREST} down. Requests come in there, and half of the tunnel ends there.`,
    act: (stage) => stage.addFault({ name: FAULT, type: 'data_center_down', match: { data_center: NEAREST } }),
    effect: awayFrom(NEAREST, 'tokyo', ALL),
    expects: [
      noRetryableLost,
      noneLostAfterwards,
      connectionsEnd('tokyo', { all: ALL, none: NEAREST }),
      answeredBy('tokyo-app'),
    ],
    why: {
      events: ({ type, data }) =>
        type === 'fault.started' || (type.startsWith('connection.') && data.tunnel === 'tokyo'),
      request: ({ dataCenter }) => dataCenter !== NEAREST,
      steps: ['vantage', 'replica'],
    },
  },
  {
    title: `Data center ${NEAREST} is back`,
    does: 'The fault is removed: connections that had to go elsewhere come home.',
    act: (stage) => stage.removeFault(FAULT),
    effect: backIn(NEAREST, 'tokyo', ALL),
    expects: [noneLost, connectionsEnd('tokyo', { all: ALL, some: NEAREST }), answeredBy('tokyo-app')],
    why: {
      events: ({ type, data }) => type === 'fault.ended' || (type.startsWith('connection.') && data.tunnel === 'tokyo'),
      request: ({ dataCenter }) => dataCenter === NEAREST,
      steps: ['replica'],
    },
  },
  {
    title: 'Site Tokyo breaks',
    does: 'kill -9 of origin tokyo-app. The tunnel is well, so only the monitor can tell.',
    act: (stage) => stage.end('tokyo-app', 'SIGKILL'),
    effect: poolBecomes('tokyo', 'critical'),
    expects: [noneLostAfterwards, answeredBy('osaka-app')],
    why: {
      events: (event) => isEndpointChange(event) || isPoolChange(event),
      request: ({ pool }) => pool === 'osaka',
      steps: ['pool', 'replica'],
    },
  },
  {
    title: 'Site Tokyo is healed',
    does: 'Origin tokyo-app is started again; the monitor has to see it first.',
    act: (stage) => stage.startAgain('tokyo-app'),
    effect: poolBecomes('tokyo', 'healthy'),
    expects: [noneLost, answeredBy('tokyo-app')],
    why: {
      events: (event) => isEndpointChange(event) || isPoolChange(event),
      request: ({ pool }) => pool === 'tokyo',
      steps: ['pool', 'replica'],
    },
  },
];
