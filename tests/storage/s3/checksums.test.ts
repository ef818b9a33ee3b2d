import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  createChecksummer,
  joinChecksums,
  multipartEtag,
} from '../../../src/storage/checksums.ts';

const sumOf = (algorithm: ChecksumAlgorithm, ...chunks: Uint8Array[]) => {
  const sum = createChecksummer(algorithm);
  for (const chunk of chunks) sum.update(chunk);
  return sum.digest();
};
const part = (letter: string) => Buffer.alloc(5 * 1024 ** 2, letter);
const parts = ['A', 'B', 'C'].map(part);

test.each([
  ['CRC32', 'y/Q5Jg=='],
  ['CRC32C', '4waSgw=='],
  ['CRC64NVME', 'rosUhgp5mIg='],
] as const)('%s of the check string is the published value, however it is cut', (algorithm, expected) => {
  const check = Buffer.from('123456789');
  expect(sumOf(algorithm, check)).toBe(expected);
  for (let at = 0; at <= check.length; at += 1)
    expect(sumOf(algorithm, check.subarray(0, at), check.subarray(at))).toBe(expected);
});

test.each([
  ['CRC32', ['JRTCyQ==', 'QoZTGg==', 'YAgjqw=='], 'Z+ry2Q==-3'],
  [
    'SHA256',
    [
      '275VF5loJr1YYawit0XSHREhkFXYkkPKGuoK0x9VKxI=',
      'mrHwOfjTL5Zwfj74F05HOQGLdUb7E5szdCbxgUSq6NM=',
      'Vw7oB/nKQ5xWb3hNgbyfkvDiivl+U+/Dft48nfJfDow=',
    ],
    'uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3',
  ],
] as const)('%s composites of the example parts are the published values', (algorithm, values, joined) => {
  expect(parts.map((bytes) => sumOf(algorithm, bytes))).toEqual(values);
  const input = values.map((value) => ({ value, sizeBytes: 5 * 1024 ** 2 }));
  expect(joinChecksums(algorithm, 'COMPOSITE', input)).toEqual({ algorithm, type: 'COMPOSITE', value: joined });
});

test('the full CRC32 of the example parts is the published value', () => {
  const input = parts.map((bytes) => ({ value: sumOf('CRC32', bytes), sizeBytes: bytes.length }));
  expect(joinChecksums('CRC32', 'FULL_OBJECT', input).value).toBe('WgDhBQ==');
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('%s of parts joined equals that of the whole', (algorithm) => {
  const pieces = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('some longer piece'), Buffer.alloc(70_001, 'z')];
  const input = pieces.map((bytes) => ({ value: sumOf(algorithm, bytes), sizeBytes: bytes.length }));
  expect(joinChecksums(algorithm, 'FULL_OBJECT', input).value).toBe(sumOf(algorithm, Buffer.concat(pieces)));
});

test('the ETag of the example parts is the published value', () => {
  const etags = parts.map((bytes) => createHash('md5').update(bytes).digest('hex'));
  expect(multipartEtag(etags)).toBe('b2add96cc9702bbf4efb0ccdfc6b7747-3');
});

test('every algorithm gives a value of its own length for an empty body', () => {
  const lengths = checksumAlgorithms.map((algorithm) => Buffer.from(sumOf(algorithm), 'base64').length);
  expect(lengths).toEqual([4, 4, 8, 20, 32]);
});
