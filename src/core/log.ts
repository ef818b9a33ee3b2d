import { type DestinationStream, type Logger, pino } from 'pino';

const secretKeys = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-csrf-token',
  'password',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'refresh_token',
  'apiKey',
  'anonKey',
  'secret',
  'clientSecret',
  'otp',
  'code_verifier',
];

/** Structured lines on stdout: one per finished operation, fields rather than sentences, secrets never. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const paths = secretKeys.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination ? pino(options, destination) : pino(options);
}
