/**
 * The messages of one batch of the extended query protocol in one piece, so that the socket is written once.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface MessageWriter {
  close(statement: string): void;
  parse(statement: string, text: string): void;
  /** A string is sent as text, a Buffer as binary. Results come as text. */
  bind(statement: string, values: readonly (string | Buffer | null)[]): void;
  execute(): void;
  /** Ends the batch; the writer is not used afterwards. */
  sync(): Buffer;
}

const executeAll = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const syncNow = Buffer.from([0x53, 0, 0, 0, 4]);

export function createMessageWriter(): MessageWriter {
  let buffer = Buffer.allocUnsafe(2048);
  let at = 0;
  let start = 0;

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
  }
  function begin(code: number): void {
    reserve(5);
    buffer[at] = code;
    start = at + 1;
    at += 5;
  }
  const end = () => buffer.writeInt32BE(at - start, start);
  function int16(value: number): void {
    reserve(2);
    buffer.writeUInt16BE(value, at);
    at += 2;
  }
  function int32(value: number): void {
    reserve(4);
    buffer.writeInt32BE(value, at);
    at += 4;
  }
  /** UTF-8 takes at most three bytes for each UTF-16 unit; long texts are measured rather than guessed. */
  function text(value: string): number {
    reserve(value.length > 4096 ? Buffer.byteLength(value) : value.length * 3);
    const written = buffer.write(value, at);
    at += written;
    return written;
  }
  function cString(value: string): void {
    text(value);
    reserve(1);
    buffer[at++] = 0;
  }
  function raw(bytes: Buffer): void {
    reserve(bytes.length);
    bytes.copy(buffer, at);
    at += bytes.length;
  }
  function value(item: string | Buffer | null): void {
    if (item === null) {
      int32(-1);
      return;
    }
    if (typeof item !== 'string') {
      int32(item.length);
      raw(item);
      return;
    }
    const lengthAt = at;
    int32(0);
    const written = text(item); // may move to a larger buffer
    buffer.writeInt32BE(written, lengthAt);
  }

  return {
    close(statement) {
      begin(0x43);
      reserve(1);
      buffer[at++] = 0x53;
      cString(statement);
      end();
    },
    parse(statement, sql) {
      begin(0x50);
      cString(statement);
      cString(sql);
      int16(0);
      end();
    },
    bind(statement, values) {
      begin(0x42);
      cString('');
      cString(statement);
      int16(values.length);
      for (const item of values) int16(typeof item === 'string' || item === null ? 0 : 1);
      int16(values.length);
      for (const item of values) value(item);
      int16(0);
      end();
    },
    execute: () => raw(executeAll),
    sync() {
      raw(syncNow);
      return buffer.subarray(0, at);
    },
  };
}
