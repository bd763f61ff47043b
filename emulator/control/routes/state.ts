import type { App, RouteDeps } from '../api.js';
import { viewState } from '../state-view.js';
import { stateViewSchema } from '../state-view.schema.js';

export function stateRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/state',
    {
      schema: {
        summary: 'The account, its tunnels and their connections; never a secret',
        response: { 200: stateViewSchema },
      },
    },
    async () => viewState(deps),
  );
}
