import { connect } from 'node:net';
import type pg from 'pg';

interface Backend {
  processID: number;
  secretKey: number;
  host: string;
  port: number;
}

const cancelRequestCode = 80_877_102;

/**
 * Asks the server to cancel what `client` is running, over a connection of its own as the protocol has it. It may
 * arrive after the statement has ended, so the caller must not give the client to anyone else afterwards.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(client: pg.ClientBase): void {
  const { host, port, processID, secretKey } = client as unknown as Backend;
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.on('error', () => undefined); // the statement then ends by its timeout
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(cancelRequestCode, 4);
  packet.writeInt32BE(processID, 8);
  packet.writeInt32BE(secretKey, 12);
  socket.end(packet);
}
