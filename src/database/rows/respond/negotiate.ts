import { pgrst } from '../errors.ts';
import { type AcceptItem, knownMedia, type Media } from '../parse/media.ts';

/** A type that a function makes by itself. */
export interface Handler {
  type: string;
  isBinary: boolean;
}

/** The first wanted type that we, or the function, can make. Errors: PGRST107. */
export function negotiate(accepts: readonly AcceptItem[], allowsPlan: boolean, handler: Handler | null = null): Media {
  for (const item of accepts) {
    if (handler && handles(handler, item.type)) {
      const type = handler.type === '*/*' ? 'application/octet-stream' : handler.type;
      return { kind: 'custom', type, isBinary: handler.isBinary };
    }
    const media = knownMedia(item);
    if (media && (media.kind !== 'plan' || allowsPlan)) return media;
  }
  throw pgrst({
    status: 406,
    code: 'PGRST107',
    message: `None of these media types are available: ${accepts.map(({ type }) => type).join(', ')}`,
  });
}

/** Types ending in `/*` on either side fit all subtypes. */
function handles({ type }: Handler, wanted: string): boolean {
  if (type === '*/*' || wanted === '*/*' || type === wanted) return true;
  return wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1));
}
