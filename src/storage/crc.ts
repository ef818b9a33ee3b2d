/** Reflected CRCs with all ones in and out, as S3 uses them. */
interface CrcSpec {
  bits: 32 | 64;
  /** Reversed polynomial. */
  polynomial: bigint;
}

/** Reversed forms of 04C11DB7, 1EDC6F41 (Castagnoli) and AD93D23594C93659 (NVM Express). */
export const crcPolynomials = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, CrcSpec>;

/** Tables for eight bytes a step: entry [k][b] is the CRC of byte b followed by k zero bytes; halves apart, since a Number holds 53 bits. */
function sliceTables({ polynomial }: CrcSpec): { low: Int32Array; high: Int32Array } {
  const first = Array.from({ length: 256 }, (_, byte) => {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    return crc;
  });
  const low = new Int32Array(8 * 256);
  const high = new Int32Array(8 * 256);
  let row = first;
  for (let k = 0; k < 8; k += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const crc = row[byte] ?? 0n;
      low[k * 256 + byte] = Number(BigInt.asIntN(32, crc));
      high[k * 256 + byte] = Number(BigInt.asIntN(32, crc >> 32n));
    }
    row = row.map((crc) => (crc >> 8n) ^ (first[Number(crc & 0xffn)] ?? 0n));
  }
  return { low, high };
}

const castagnoli = sliceTables(crcPolynomials.CRC32C);
const nvme = sliceTables(crcPolynomials.CRC64NVME);

/** CRC32C of more bytes; start with 0. Unsigned 32 bits. */
export function crc32cUpdate(chunk: Uint8Array, previous: number): number {
  const t = castagnoli.low;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let crc = ~previous;
  let at = 0;
  for (const end = chunk.length - 7; at < end; at += 8) {
    const a = crc ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    crc = fold(t, a, b);
  }
  for (; at < chunk.length; at += 1) crc = lookup(t, (crc ^ view.getUint8(at)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC64NVME of more bytes; start with 0n. Unsigned 64 bits. */
export function crc64NvmeUpdate(chunk: Uint8Array, previous: bigint): bigint {
  const { low: tl, high: th } = nvme;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let low = ~Number(BigInt.asIntN(32, previous));
  let high = ~Number(BigInt.asIntN(32, previous >> 32n));
  let at = 0;
  for (const end = chunk.length - 7; at < end; at += 8) {
    const a = low ^ view.getInt32(at, true);
    const b = high ^ view.getInt32(at + 4, true);
    low = fold(tl, a, b);
    high = fold(th, a, b);
  }
  for (; at < chunk.length; at += 1) {
    const index = (low ^ view.getUint8(at)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ lookup(tl, index);
    high = (high >>> 8) ^ lookup(th, index);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}

const lookup = (table: Int32Array, index: number): number => table[index] as number;

function fold(t: Int32Array, a: number, b: number): number {
  return (
    lookup(t, 1792 + (a & 255)) ^
    lookup(t, 1536 + ((a >>> 8) & 255)) ^
    lookup(t, 1280 + ((a >>> 16) & 255)) ^
    lookup(t, 1024 + (a >>> 24)) ^
    lookup(t, 768 + (b & 255)) ^
    lookup(t, 512 + ((b >>> 8) & 255)) ^
    lookup(t, 256 + ((b >>> 16) & 255)) ^
    lookup(t, b >>> 24)
  );
}

/**
 * The CRC of two pieces from the CRC of each and the second's length, by multiplying the first with x^(8·length)
 * modulo the polynomial (the method of zlib's crc32_combine).
 */
export function combineCrc(spec: CrcSpec, first: bigint, second: bigint, secondBytes: number): bigint {
  let factor = 1n << BigInt(spec.bits - 1); // x^0 in reflected order
  let power = 1n << BigInt(spec.bits - 9); // x^8
  for (let rest = BigInt(secondBytes); rest > 0n; rest >>= 1n) {
    if (rest & 1n) factor = multiply(spec, factor, power);
    power = multiply(spec, power, power);
  }
  return multiply(spec, factor, first) ^ second;
}

function multiply({ bits, polynomial }: CrcSpec, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let mask = 1n << BigInt(bits - 1); mask > 0n; mask >>= 1n) {
    if (a & mask) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}
