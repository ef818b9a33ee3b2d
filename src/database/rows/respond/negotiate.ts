import { pgrst } from '../errors.ts';
import { type AcceptItem, knownMedia, type Media } from '../parse/media.ts';

/** The first wanted type that we can make. Errors: PGRST107. */
export function negotiate(accepts: readonly AcceptItem[], allowsPlan: boolean): Media {
  for (const item of accepts) {
    const media = knownMedia(item);
    if (media && (media.kind !== 'plan' || allowsPlan)) return media;
  }
  throw pgrst({
    status: 406,
    code: 'PGRST107',
    message: `None of these media types are available: ${accepts.map(({ type }) => type).join(', ')}`,
  });
}
