import { ColocalError, defineError } from '../../../runtime/errors.js';
import type { Edge } from '../../edge.js';
import type { FaultInput } from '../../state/schemas/fault.js';
import { ValidationError } from '../../state/validation-error.js';
import { applyChange } from '../changes.js';
import type { Traffic } from '../load/traffic.js';
import type { ScenarioModel } from '../model/model.js';
import type { PlannedStep, Scenario } from '../scenario.types.js';
import { describeAction } from '../words.js';
import type { Connectors } from './connectors.js';
import type { Happenings } from './happenings.js';
import type { Origins } from './origins.js';
import { withPlace } from './rewire.js';

const stepFailed = defineError<{ place: string; why: string }>('SCENARIO_STEP_FAILED', {
  message: (d) => `${d.place}: the step cannot be done: ${d.why}`,
  fix: () => 'correct the step; what was done before it is in the steps above it',
});

export interface StageParts {
  readonly edge: Edge;
  readonly origins: Origins;
  readonly connectors: Connectors;
  readonly model: ScenarioModel;
}

/** Turns of the event loop after an origin has gone: by then whoever kept a connection to it knows. */
const TURNS = 20;

/** Does what steps say. Each is over when all that it leads to by itself, such as connections that move, has come about. */
export class Acting {
  constructor(
    private readonly scenario: Scenario,
    private readonly parts: StageParts,
    private readonly traffic: Traffic,
    private readonly happenings: Happenings,
  ) {
    const { edge, connectors } = parts;
    // Faults also begin and end by themselves: the clock stands until the connectors have done what follows from it.
    edge.events.subscribe(({ type }) => {
      if (type !== 'fault.started' && type !== 'fault.ended') return;
      const done = edge.clock.begin('connectors come to rest');
      void connectors.rest().then(() => {
        happenings.lookAtConnectors();
        done();
      });
    });
  }

  /** @throws SCENARIO_STEP_FAILED */
  async act(step: PlannedStep): Promise<void> {
    this.happenings.begin(
      step.number,
      `${step.says === undefined ? '' : `${step.says}: `}${describeAction(step.action)}`,
    );
    try {
      await this.perform(step);
    } catch (error) {
      const known = error instanceof ValidationError || error instanceof ColocalError;
      if (!known) throw error;
      throw stepFailed({ place: step.place, why: error.message }, { cause: error });
    }
    await this.parts.connectors.rest();
    this.happenings.lookAtConnectors();
  }

  private async perform({ action }: PlannedStep): Promise<void> {
    const { edge, origins, connectors, model } = this.parts;
    switch (action.kind) {
      case 'load':
        this.traffic.start(action.load);
        return;
      case 'stop':
        this.traffic.stop(action.load);
        return;
      case 'fault':
        edge.faults.add(this.named(action.fault as unknown as FaultInput));
        return;
      case 'lift':
        edge.faults.remove(action.fault);
        return;
      case 'change':
        edge.state.transact('api', (draft) =>
          applyChange(draft, action.change, (origin) => withPlace(origin, this.scenario.origins, origins.portOf)),
        );
        return;
      case 'connector': {
        const { name, do: what } = action.connector;
        if (what === 'start') await connectors.start(name);
        else await connectors.end(name, what);
        return;
      }
      case 'origin': {
        const { name, do: what, answer, service_time } = action.origin;
        origins.set(name, answer, service_time);
        if (what === 'start') await origins.start(name);
        if (what !== 'stop') return;
        await origins.stop(name);
        model.originGone(name);
        for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
        return;
      }
      case 'advance':
      case 'expect':
    }
  }

  /** Connectors go by their names in a scenario. */
  private named(fault: FaultInput): FaultInput {
    const match = (fault as { readonly match?: { readonly connector?: string } }).match;
    if (match?.connector === undefined) return fault;
    return { ...fault, match: { ...match, connector: this.parts.connectors.idOf(match.connector) } } as FaultInput;
  }
}
