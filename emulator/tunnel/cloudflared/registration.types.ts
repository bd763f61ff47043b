/** A connection that asks to be registered, as cloudflared says it. */
export interface RegistrationRequest {
  readonly accountTag: string;
  /** Base64. */
  readonly secret: string;
  /** UUID. */
  readonly tunnelId: string;
  /** UUID. */
  readonly connectorId: string;
  readonly index: number;
  readonly version: string;
  readonly arch: string;
  readonly features: readonly string[];
  /** Take the place of a connection with the same connector and index. */
  readonly replaceExisting: boolean;
}

/** What the edge answers. */
export type RegistrationResult =
  | {
      readonly ok: true;
      /** UUID of the connection. */
      readonly id: string;
      /** As cloudflared logs it: `NRT01`. */
      readonly locationName: string;
      readonly remotelyManaged: boolean;
    }
  | {
      readonly ok: false;
      readonly cause: string;
      readonly retry: boolean;
    };

/** The edge's side of cloudflared's calls. Whatever these throw is answered as an exception. */
export interface RegistrationServer {
  register(request: RegistrationRequest): RegistrationResult;
  unregister(): void;
  /** The connector's own configuration, JSON. */
  updateLocalConfiguration(config: Buffer): void;
}
