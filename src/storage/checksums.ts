import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrc, crc32cUpdate, crc64NvmeUpdate, crcPolynomials } from './crc.ts';

/** The algorithms of `x-amz-checksum-*`, spelled as in `x-amz-checksum-algorithm`. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** FULL_OBJECT: of all bytes; COMPOSITE: of the parts' raw checksums, written with `-N`. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface PartChecksum {
  algorithm: ChecksumAlgorithm;
  /** Base64 of the big-endian value. */
  value: string;
}
export interface ObjectChecksum extends PartChecksum {
  type: ChecksumType;
}

export interface Checksummer {
  update(chunk: Uint8Array): void;
  /** Base64 of the big-endian value; call once. */
  digest(): string;
}

/** A running checksum. */
export function createChecksummer(algorithm: ChecksumAlgorithm): Checksummer {
  switch (algorithm) {
    case 'CRC32':
      return numericChecksummer((chunk, crc) => crc32(chunk, crc));
    case 'CRC32C':
      return numericChecksummer(crc32cUpdate);
    case 'CRC64NVME':
      return crc64Checksummer();
    case 'SHA1':
    case 'SHA256':
      return hashChecksummer(createHash(algorithm.toLowerCase()));
  }
}

const hashChecksummer = (hash: Hash): Checksummer => ({
  update: (chunk) => void hash.update(chunk),
  digest: () => hash.digest('base64'),
});

function numericChecksummer(next: (chunk: Uint8Array, crc: number) => number): Checksummer {
  let crc = 0;
  return {
    update(chunk) {
      crc = next(chunk, crc);
    },
    digest: () => crcToBase64(BigInt(crc), 4),
  };
}

function crc64Checksummer(): Checksummer {
  let crc = 0n;
  return {
    update(chunk) {
      crc = crc64NvmeUpdate(chunk, crc);
    },
    digest: () => crcToBase64(crc, 8),
  };
}

function crcToBase64(value: bigint, bytes: number): string {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64');
}

/** Bytes of a raw value: 4, 8, 20 or 32. */
export const checksumLength = (algorithm: ChecksumAlgorithm): number =>
  ({ CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 })[algorithm];

/**
 * The checksum of an object joined from parts, without reading them again. `parts` in part order.
 * CRCs are combined mathematically for FULL_OBJECT; SHA cannot be.
 */
export function joinChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { value: string; sizeBytes: number }[],
): ObjectChecksum {
  return type === 'COMPOSITE' ? composite(algorithm, parts) : fullObject(algorithm, parts);
}

function composite(algorithm: ChecksumAlgorithm, parts: readonly { value: string }[]): ObjectChecksum {
  const sum = createChecksummer(algorithm);
  for (const part of parts) sum.update(Buffer.from(part.value, 'base64'));
  return { algorithm, type: 'COMPOSITE', value: `${sum.digest()}-${parts.length}` };
}

function fullObject(
  algorithm: ChecksumAlgorithm,
  parts: readonly { value: string; sizeBytes: number }[],
): ObjectChecksum {
  if (algorithm === 'SHA1' || algorithm === 'SHA256') throw new Error(`${algorithm} has no FULL_OBJECT form`);
  const spec = crcPolynomials[algorithm];
  const joined = parts.reduce((crc, part) => {
    const next = BigInt(`0x${Buffer.from(part.value, 'base64').toString('hex')}`);
    return combineCrc(spec, crc, next, part.sizeBytes);
  }, 0n);
  return { algorithm, type: 'FULL_OBJECT', value: crcToBase64(joined, spec.bits / 8) };
}

/** The ETag of a multipart object: md5 of the parts' raw md5s, `-N`. `etags` in part order, hex. */
export function multipartEtag(etags: readonly string[]): string {
  const md5 = createHash('md5');
  for (const etag of etags) md5.update(Buffer.from(etag, 'hex'));
  return `${md5.digest('hex')}-${etags.length}`;
}
