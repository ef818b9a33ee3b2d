import { checksumAlgorithms, type PartChecksum } from '../../checksums.ts';
import type { XmlElement } from '../xml-read.ts';
import type { XmlNode } from '../xml-write.ts';

/** `<ChecksumCRC32>` and its kin; none when there is no checksum. */
export const checksumXml = (checksum: PartChecksum | null): readonly XmlNode[] =>
  checksum ? [[`Checksum${checksum.algorithm}`, checksum.value]] : [];

/** The checksum that an element names. */
export function checksumOfXml(element: XmlElement): PartChecksum | null {
  for (const algorithm of checksumAlgorithms) {
    const value = element.textOf(`Checksum${algorithm}`);
    if (value !== undefined) return { algorithm, value: value.trim() };
  }
  return null;
}
