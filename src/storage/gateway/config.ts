import { z } from 'zod';

/** How the S3 gateway is reached and how strict it is; the region and the object cap are the storage room's. */
export interface S3GatewayConfig {
  /** A second port whose root is the gateway, for clients that refuse an endpoint with a path. Null: none. 0: any. */
  port: number | null;
  /** Host whose root is the gateway, lower case; its subdomains are buckets. Null: none. */
  domain: string | null;
  /** True: only the configured region signs, `us-east-1` and `auto` do not. */
  isRegionStrict: boolean;
  /** Explains failed signatures to the client and in the log. */
  isDebug: boolean;
}

const blankIsAbsent = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema.optional());
const flag = optional(
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0', 'on', 'off']))
    .transform((value) => ['true', '1', 'on'].includes(value)),
);

/** The gateway's names of the environment. */
export const s3GatewayEnvironment = {
  S3_PORT: optional(
    z
      .string()
      .trim()
      .regex(/^\d+$/, 'must be a whole number')
      .transform(Number)
      .refine((port) => port <= 65_535, 'must be between 0 and 65535'),
  ),
  S3_DOMAIN: optional(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[a-z0-9.-]+$/, 'must be a host name'),
  ),
  S3_STRICT_REGION: flag,
  S3_DEBUG_SIGNATURES: flag,
};

/** Pure. */
export const s3GatewayConfig = (env: z.infer<z.ZodObject<typeof s3GatewayEnvironment>>): S3GatewayConfig => ({
  port: env.S3_PORT ?? null,
  domain: env.S3_DOMAIN ?? null,
  isRegionStrict: env.S3_STRICT_REGION ?? false,
  isDebug: env.S3_DEBUG_SIGNATURES ?? false,
});
