import type { ExplainQuestion } from './control/control.types.js';
import { asksForConnection, explainedConnection } from './explained-connection.js';
import { explainedRequest } from './explained-request.js';
import { asksForApplication, explainedApplication } from './explained-spectrum.js';
import type { Explanation } from './observe/explanation.types.js';
import type { Traffic } from './traffic.js';
import type { EdgeView } from './view.js';

export interface ExplainDeps {
  readonly view: () => EdgeView;
  readonly traffic: Pick<Traffic, 'http' | 'privately' | 'tcp' | 'spectrum'>;
}

/** Answers what the next request or connection of a form would get. The question's URL says of which kind it is. */
export function createExplain({ view, traffic }: ExplainDeps): (asked: ExplainQuestion) => Explanation {
  return (asked) => {
    const { vantage: resolver, account, private: privately } = view();
    const from = { resolver, vantage: account.settings.vantage };
    if (asksForApplication(asked)) {
      return traffic.tcp.explain(explainedApplication(asked, account.spectrum, traffic.spectrum.addresses(), from));
    }
    if (asksForConnection(asked)) return traffic.privately.explain(explainedConnection(asked, privately, from));
    return traffic.http.explain(explainedRequest(asked, from), { failover: asked.failover ?? false });
  };
}
