import type { Readable } from 'node:stream';
import type { Call } from '../../core/call.ts';
import type { ObjectDomain, S3Call } from '../domain.ts';
import type { Authenticator } from './authenticate.ts';
import type { BodySource } from './body.ts';
import type { RawHeaders } from './headers.ts';
import type { Query } from './target.ts';

/** One S3 request after addressing and authentication. */
export interface S3Request {
  method: string;
  query: Query;
  /** With the `x-amz-*` that a presigned URL carries in its query. */
  headers: RawHeaders;
  call: S3Call;
  body: BodySource;
  /** Scheme, host and mount of this endpoint as the client sees it, without a slash at the end. */
  baseUrl: string;
}
export interface BucketRequest extends S3Request {
  bucket: string;
}
export interface ObjectRequest extends BucketRequest {
  key: string;
}

export interface S3Response {
  status: number;
  /** Values may hold any Unicode text; undefined leaves one out. */
  headers?: Readonly<Record<string, string | number | undefined>>;
  /** Text is XML. */
  body?: string | Readable;
}

/** What commands work with. */
export interface Gateway {
  domain: ObjectDomain;
  settings: GatewaySettings;
  auth: Authenticator;
  /** Signs continuation tokens. */
  tokenKey: Buffer;
  now(): Date;
}

export interface GatewaySettings {
  /** Signing region and the answer to location. */
  region: string;
  isRegionStrict: boolean;
  /** Path of the gateway on the main listener: `/storage/v1/s3`. */
  mount: string;
  /** Host whose root is the gateway; its subdomains are buckets. Null: none. */
  domain: string | null;
  /** Cap of one PUT or part. */
  maxObjectBytes: number;
  /** Host of the public URL when a proxy hides it. Null: as received. */
  publicHost: string | null;
  /** Whether X-Forwarded-Host may be what the client signed. */
  trustForwarded: boolean;
  /** For buckets without rules of their own. */
  corsOrigins: '*' | readonly string[];
  /** Explains failed signatures to the client and the log. */
  isDebug: boolean;
}

/** What one request brings before it is authenticated. */
export interface Incoming {
  method: string;
  /** As received, latin1. */
  url: string;
  headers: RawHeaders;
  call: Call;
  open(): AsyncIterable<Buffer>;
}

export type ServiceCommand = (gateway: Gateway, request: S3Request) => Promise<S3Response>;
export type BucketCommand = (gateway: Gateway, request: BucketRequest) => Promise<S3Response>;
export type ObjectCommand = (gateway: Gateway, request: ObjectRequest) => Promise<S3Response>;

/** Owner of everything, as XML and as `x-amz-expected-bucket-owner` know it. */
export const owner = { id: 'pleiad', displayName: 'pleiad' } as const;
