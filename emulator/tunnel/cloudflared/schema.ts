import { type Data, ObjectSize, Struct, TextList, utils } from 'capnp-es';

/**
 * What cloudflared and the edge say to each other at registration (docs/reference/cloudflared-wire.md 3). The order
 * of the fields there decides where they stand: numbers by size in the data section, everything else by pointer.
 */

export const REGISTRATION_SERVER = 0xf71695ec7fe85497n;

export const Method = { REGISTER_CONNECTION: 0, UNREGISTER_CONNECTION: 1, UPDATE_LOCAL_CONFIGURATION: 2 } as const;

const size = (dataBytes: number, pointers: number) => new ObjectSize(dataBytes, pointers);

/** The bytes of a Data field, copied. */
function bytesOf(index: number, struct: Struct): Buffer {
  const data = utils.getData(index, struct);
  // Through the view of the field, which is bounds-checked.
  return Buffer.from(data.toUint8Array());
}

export class TunnelAuth extends Struct {
  static override readonly _capnp = { displayName: 'TunnelAuth', id: '9496331ab9cd463f', size: size(0, 2) };
  get accountTag(): string {
    return utils.getText(0, this);
  }
  get tunnelSecret(): Buffer {
    return bytesOf(1, this);
  }
}

/** They are kept as long as the connection is there. */
const MOST_FEATURES = 64;

export class ClientInfo extends Struct {
  static override readonly _capnp = { displayName: 'ClientInfo', id: '83ced0145b2f114b', size: size(0, 4) };
  /** UUID of the connector, 16 bytes. */
  get clientId(): Buffer {
    return bytesOf(0, this);
  }
  get features(): readonly string[] {
    const features = utils.getList(1, TextList, this);
    return Array.from({ length: Math.min(features.length, MOST_FEATURES) }, (_, index) => features.get(index));
  }
  get version(): string {
    return utils.getText(2, this);
  }
  get arch(): string {
    return utils.getText(3, this);
  }
}

export class ConnectionOptions extends Struct {
  static override readonly _capnp = { displayName: 'ConnectionOptions', id: 'b4bf9861fe035d04', size: size(8, 2) };
  get client(): ClientInfo {
    return utils.getStruct(0, ClientInfo, this);
  }
  get replaceExisting(): boolean {
    return utils.getBit(0, this);
  }
  get numPreviousAttempts(): number {
    return utils.getUint8(2, this);
  }
}

export class RegisterConnectionParams extends Struct {
  static override readonly _capnp = { displayName: 'registerConnection$Params', id: '0', size: size(8, 3) };
  get auth(): TunnelAuth {
    return utils.getStruct(0, TunnelAuth, this);
  }
  get tunnelId(): Buffer {
    return bytesOf(1, this);
  }
  get connIndex(): number {
    return utils.getUint8(0, this);
  }
  get options(): ConnectionOptions {
    return utils.getStruct(2, ConnectionOptions, this);
  }
}

export class UpdateLocalConfigurationParams extends Struct {
  static override readonly _capnp = { displayName: 'updateLocalConfiguration$Params', id: '0', size: size(0, 1) };
  get config(): Buffer {
    return bytesOf(0, this);
  }
}

export class ConnectionError extends Struct {
  static override readonly _capnp = { displayName: 'ConnectionError', id: 'f5f383d2785edb86', size: size(16, 1) };
  set cause(text: string) {
    utils.setText(0, text, this);
  }
  /** Nanoseconds. */
  set retryAfter(span: bigint) {
    utils.setInt64(0, span, this);
  }
  set shouldRetry(should: boolean) {
    utils.setBit(64, should, this);
  }
}

export class ConnectionDetails extends Struct {
  static override readonly _capnp = { displayName: 'ConnectionDetails', id: 'b5f39f082b9ac18a', size: size(8, 2) };
  set uuid(bytes: Buffer) {
    (utils.initData(0, bytes.length, this) as Data).copyBuffer(bytes);
  }
  set locationName(text: string) {
    utils.setText(1, text, this);
  }
  set tunnelIsRemotelyManaged(is: boolean) {
    utils.setBit(0, is, this);
  }
}

export class ConnectionResponse extends Struct {
  static override readonly _capnp = { displayName: 'ConnectionResponse', id: 'dbaa9d03d52b62dc', size: size(8, 1) };
  initError(): ConnectionError {
    utils.setUint16(0, 0, this);
    return utils.initStructAt(0, ConnectionError, this);
  }
  initConnectionDetails(): ConnectionDetails {
    utils.setUint16(0, 1, this);
    return utils.initStructAt(0, ConnectionDetails, this);
  }
}

export class RegisterConnectionResults extends Struct {
  static override readonly _capnp = { displayName: 'registerConnection$Results', id: '0', size: size(0, 1) };
  initResult(): ConnectionResponse {
    return utils.initStructAt(0, ConnectionResponse, this);
  }
}

/** The results of the other two methods. */
export class NoResults extends Struct {
  static override readonly _capnp = { displayName: 'NoResults', id: '0', size: size(0, 0) };
}
