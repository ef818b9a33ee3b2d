/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What is left out stays as it is. */
export type AuthConfigInput = {
  /** `*`, `**`, `?` and `[...]` in host and path are globs. */
  allowedRedirectUrls?: Array<string> | null | undefined;
  disableSignup?: boolean | null | undefined;
  /** 4 to 128. */
  passwordMinLength?: number | null | undefined;
  /** Needs a mail provider. */
  requireEmailVerification?: boolean | null | undefined;
  requireLowercase?: boolean | null | undefined;
  requireNumber?: boolean | null | undefined;
  requireSpecialChar?: boolean | null | undefined;
  requireUppercase?: boolean | null | undefined;
  /** `code` or `link`. */
  resetPasswordMethod?: string | null | undefined;
  /** `code` or `link`. */
  verifyEmailMethod?: string | null | undefined;
};

export type MigrationFileInput = {
  sql: string;
  version: string;
};

export type SignInAdminInput = {
  password: string;
  username: string;
};

export type SignInInput = {
  email: string;
  password: string;
};

export type SignUpInput = {
  /** Takes the email as verified. Admins; ignored for everyone else. */
  autoConfirm?: boolean | null | undefined;
  email: string;
  name?: string | null | undefined;
  password: string;
  /** Where the link of a verification mail leads. */
  redirectTo?: string | null | undefined;
};

export type StoragePolicyCommand =
  | 'ALL'
  | 'DELETE'
  | 'INSERT'
  | 'SELECT'
  | 'UPDATE';

export type SignUpMutationVariables = Exact<{
  input: SignUpInput;
}>;


export type SignUpMutation = { signUp: { accessToken: string | null, refreshToken: string | null, requireEmailVerification: boolean, user: { id: string, email: string, emailVerified: boolean, providers: Array<string>, profile: unknown, metadata: unknown, createdAt: string, updatedAt: string } | null } | null };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn: { accessToken: string, refreshToken: string, user: { id: string, email: string, emailVerified: boolean, providers: Array<string>, profile: unknown, metadata: unknown, createdAt: string, updatedAt: string } } | null };

export type RefreshSessionMutationVariables = Exact<{
  refreshToken: string;
}>;


export type RefreshSessionMutation = { refreshSession: { accessToken: string, refreshToken: string, user: { id: string, email: string, emailVerified: boolean, providers: Array<string>, profile: unknown, metadata: unknown, createdAt: string, updatedAt: string } } | null };

export type SignOutMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;


export type SignOutMutation = { signOut: boolean | null };

export type SignInAdminMutationVariables = Exact<{
  input: SignInAdminInput;
}>;


export type SignInAdminMutation = { signInAdmin: { accessToken: string, refreshToken: string, admin: { sub: string } } | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { me: { id: string, email: string, emailVerified: boolean, providers: Array<string>, profile: unknown, metadata: unknown, createdAt: string, updatedAt: string } | null };

export type NodeQueryVariables = Exact<{
  id: string | number;
}>;


export type NodeQuery = { node:
    | { __typename: 'AuditEntry', action: string, id: string }
    | { __typename: 'Session', isCurrent: boolean, id: string }
    | { __typename: 'User', email: string, id: string }
   | null };

export type RefreshAdminSessionMutationVariables = Exact<{
  refreshToken: string;
}>;


export type RefreshAdminSessionMutation = { refreshAdminSession: { accessToken: string, refreshToken: string, admin: { sub: string } } | null };

export type CurrentAdminQueryVariables = Exact<{ [key: string]: never; }>;


export type CurrentAdminQuery = { currentAdmin: { sub: string } | null };

export type SessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type SessionsQuery = { sessions: Array<{ id: string, userAgent: string | null, isCurrent: boolean, expiresAt: string }> | null };

export type RevokeSessionMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeSessionMutation = { revokeSession: boolean | null };

export type UpdateProfileMutationVariables = Exact<{
  profile: unknown;
}>;


export type UpdateProfileMutation = { updateProfile: { id: string, profile: unknown } | null };

export type OneUserQueryVariables = Exact<{
  id: string | number;
}>;


export type OneUserQuery = { user: { id: string, email: string, emailVerified: boolean, providers: Array<string>, profile: unknown, metadata: unknown, createdAt: string, updatedAt: string } | null };

export type UsersQueryVariables = Exact<{
  search?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type UsersQuery = { users: { totalCount: number, edges: Array<{ node: { id: string, email: string, providers: Array<string> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type DeleteUsersMutationVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type DeleteUsersMutation = { deleteUsers: number | null };

export type AuthConfigQueryVariables = Exact<{ [key: string]: never; }>;


export type AuthConfigQuery = { authConfig: { requireEmailVerification: boolean, passwordMinLength: number, requireNumber: boolean, requireLowercase: boolean, requireUppercase: boolean, requireSpecialChar: boolean, verifyEmailMethod: string, resetPasswordMethod: string, allowedRedirectUrls: Array<string> | null, disableSignup: boolean } | null };

export type UpdateAuthConfigMutationVariables = Exact<{
  input: AuthConfigInput;
}>;


export type UpdateAuthConfigMutation = { updateAuthConfig: { requireEmailVerification: boolean, passwordMinLength: number, requireNumber: boolean, requireLowercase: boolean, requireUppercase: boolean, requireSpecialChar: boolean, verifyEmailMethod: string, resetPasswordMethod: string, allowedRedirectUrls: Array<string> | null, disableSignup: boolean } | null };

export type PublicAuthConfigQueryVariables = Exact<{ [key: string]: never; }>;


export type PublicAuthConfigQuery = { publicAuthConfig: { requireEmailVerification: boolean, passwordMinLength: number, requireNumber: boolean, requireLowercase: boolean, requireUppercase: boolean, requireSpecialChar: boolean, verifyEmailMethod: string, resetPasswordMethod: string, disableSignup: boolean } | null };

export type ProjectKeysQueryVariables = Exact<{ [key: string]: never; }>;


export type ProjectKeysQuery = { projectKeys: { apiKey: string, anonKey: string, projectId: string | null } | null };

export type RotateApiKeyMutationVariables = Exact<{
  gracePeriodHours?: number | null | undefined;
}>;


export type RotateApiKeyMutation = { rotateApiKey: { key: string, oldKeyExpiresAt: string } | null };

export type RotateAnonKeyMutationVariables = Exact<{
  gracePeriodHours?: number | null | undefined;
}>;


export type RotateAnonKeyMutation = { rotateAnonKey: { key: string, oldKeyExpiresAt: string } | null };

export type AuditEntriesQueryVariables = Exact<{ [key: string]: never; }>;


export type AuditEntriesQuery = { auditEntries: { edges: Array<{ node: { id: string, action: string, subject: string } }> } | null };

export type MigrationDriftQueryVariables = Exact<{
  files?: Array<MigrationFileInput> | MigrationFileInput | null | undefined;
}>;


export type MigrationDriftQuery = { migrationDrift: { since: string | null, changes: Array<{ object: string, change: string }>, files: Array<{ version: string, status: string }> } | null };

export type ExportDatabaseMutationVariables = Exact<{
  tables?: Array<string> | string | null | undefined;
  format?: string | null | undefined;
  rowLimit?: number | null | undefined;
}>;


export type ExportDatabaseMutation = { exportDatabase: { format: string, data: string | null, truncatedTables: Array<string>, downloadPath: string, downloadExpiresAt: string } | null };

export type ListMigrationsQueryVariables = Exact<{ [key: string]: never; }>;


export type ListMigrationsQuery = { migrations: Array<{ version: string, name: string, statements: Array<string>, createdAt: string, checksum: string }> | null };

export type ApplyMigrationMutationVariables = Exact<{
  version: string;
  name: string;
  sql: string;
  dryRun?: boolean | null | undefined;
}>;


export type ApplyMigrationMutation = { applyMigration: { migration: { version: string, name: string, statements: Array<string> } | null, dryRun: { isValid: boolean, statements: Array<string>, riskLevel: string, error: string | null, riskFactors: Array<{ code: string, level: string, statement: string | null }> } | null } | null };

export type RunSqlMutationVariables = Exact<{
  query: string;
  params?: Array<unknown> | unknown | null | undefined;
  readOnly?: boolean | null | undefined;
  unrestricted?: boolean | null | undefined;
}>;


export type RunSqlMutation = { runSql: { rows: unknown, rowCount: number | null, warnings: Array<string>, fields: Array<{ name: string, dataTypeID: number }> } | null };

export type ExplainSqlMutationVariables = Exact<{
  query: string;
}>;


export type ExplainSqlMutation = { explainSql: { rows: unknown } | null };

export type CreateBucketMutationVariables = Exact<{
  name: string;
  isPublic?: boolean | null | undefined;
  types?: Array<string> | string | null | undefined;
}>;


export type CreateBucketMutation = { createBucket: { name: string, isPublic: boolean, allowedMimeTypes: Array<string>, fileSizeLimitBytes: number | null } | null };

export type BucketObjectsQueryVariables = Exact<{
  name: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  search?: string | null | undefined;
}>;


export type BucketObjectsQuery = { bucket: { isPublic: boolean, objects: { edges: Array<{ cursor: string, node: { key: string, sizeBytes: number, contentType: string | null, etag: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type BucketUsageQueryVariables = Exact<{ [key: string]: never; }>;


export type BucketUsageQuery = { buckets: Array<{ name: string, usage: { objectCount: number, sizeBytes: number } | null }> | null };

export type CreateUploadMutationVariables = Exact<{
  bucket: string;
  key: string;
  type?: string | null | undefined;
}>;


export type CreateUploadMutation = { createUpload: { method: string, url: string, key: string, confirmRequired: boolean, expiresAt: string } | null };

export type CreateDownloadMutationVariables = Exact<{
  bucket: string;
  key: string;
  seconds?: number | null | undefined;
  download?: string | null | undefined;
}>;


export type CreateDownloadMutation = { createDownload: { url: string, expiresAt: string | null } | null };

export type MoveObjectMutationVariables = Exact<{
  bucket: string;
  key: string;
  toKey: string;
}>;


export type MoveObjectMutation = { moveObject: { key: string, sizeBytes: number } | null };

export type CopyObjectMutationVariables = Exact<{
  bucket: string;
  key: string;
  toKey: string;
}>;


export type CopyObjectMutation = { copyObject: { key: string, sizeBytes: number } | null };

export type DeleteObjectsMutationVariables = Exact<{
  keys: Array<string> | string;
}>;


export type DeleteObjectsMutation = { deleteObjects: Array<string> | null };

export type CreateKeyMutationVariables = Exact<{
  buckets?: Array<string> | string | null | undefined;
  expiresAt?: string | null | undefined;
}>;


export type CreateKeyMutation = { createS3AccessKey: { id: string, accessKeyId: string, secretAccessKey: string | null, buckets: Array<string> | null, isReadOnly: boolean } | null };

export type KeysQueryVariables = Exact<{ [key: string]: never; }>;


export type KeysQuery = { s3AccessKeys: Array<{ accessKeyId: string, secretAccessKey: string | null }> | null, s3Config: { endpoint: string, region: string, available: boolean } | null };

export type RevokeMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeMutation = { revokeS3AccessKey: boolean | null };

export type PoliciesQueryVariables = Exact<{ [key: string]: never; }>;


export type PoliciesQuery = { storagePolicies: Array<{ name: string, command: StoragePolicyCommand, roles: Array<string>, using: string | null }> | null };

export type AddPolicyMutationVariables = Exact<{
  using: string;
}>;


export type AddPolicyMutation = { createStoragePolicy: { name: string, using: string | null } | null };

export type DropPolicyMutationVariables = Exact<{ [key: string]: never; }>;


export type DropPolicyMutation = { dropStoragePolicy: boolean | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const SignUpDocument = new TypedDocumentString(`
    mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) {
    user {
      id
      email
      emailVerified
      providers
      profile
      metadata
      createdAt
      updatedAt
    }
    accessToken
    refreshToken
    requireEmailVerification
  }
}
    `) as unknown as TypedDocumentString<SignUpMutation, SignUpMutationVariables>;
export const SignInDocument = new TypedDocumentString(`
    mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    user {
      id
      email
      emailVerified
      providers
      profile
      metadata
      createdAt
      updatedAt
    }
    accessToken
    refreshToken
  }
}
    `) as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) {
    user {
      id
      email
      emailVerified
      providers
      profile
      metadata
      createdAt
      updatedAt
    }
    accessToken
    refreshToken
  }
}
    `) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const SignOutDocument = new TypedDocumentString(`
    mutation SignOut($refreshToken: String) {
  signOut(refreshToken: $refreshToken)
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const SignInAdminDocument = new TypedDocumentString(`
    mutation SignInAdmin($input: SignInAdminInput!) {
  signInAdmin(input: $input) {
    admin {
      sub
    }
    accessToken
    refreshToken
  }
}
    `) as unknown as TypedDocumentString<SignInAdminMutation, SignInAdminMutationVariables>;
export const MeDocument = new TypedDocumentString(`
    query Me {
  me {
    id
    email
    emailVerified
    providers
    profile
    metadata
    createdAt
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;
export const NodeDocument = new TypedDocumentString(`
    query Node($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on User {
      email
    }
    ... on AuditEntry {
      action
    }
    ... on Session {
      isCurrent
    }
  }
}
    `) as unknown as TypedDocumentString<NodeQuery, NodeQueryVariables>;
export const RefreshAdminSessionDocument = new TypedDocumentString(`
    mutation RefreshAdminSession($refreshToken: String!) {
  refreshAdminSession(refreshToken: $refreshToken) {
    admin {
      sub
    }
    accessToken
    refreshToken
  }
}
    `) as unknown as TypedDocumentString<RefreshAdminSessionMutation, RefreshAdminSessionMutationVariables>;
export const CurrentAdminDocument = new TypedDocumentString(`
    query CurrentAdmin {
  currentAdmin {
    sub
  }
}
    `) as unknown as TypedDocumentString<CurrentAdminQuery, CurrentAdminQueryVariables>;
export const SessionsDocument = new TypedDocumentString(`
    query Sessions {
  sessions {
    id
    userAgent
    isCurrent
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<SessionsQuery, SessionsQueryVariables>;
export const RevokeSessionDocument = new TypedDocumentString(`
    mutation RevokeSession($id: ID!) {
  revokeSession(id: $id)
}
    `) as unknown as TypedDocumentString<RevokeSessionMutation, RevokeSessionMutationVariables>;
export const UpdateProfileDocument = new TypedDocumentString(`
    mutation UpdateProfile($profile: JSON!) {
  updateProfile(profile: $profile) {
    id
    profile
  }
}
    `) as unknown as TypedDocumentString<UpdateProfileMutation, UpdateProfileMutationVariables>;
export const OneUserDocument = new TypedDocumentString(`
    query OneUser($id: ID!) {
  user(id: $id) {
    id
    email
    emailVerified
    providers
    profile
    metadata
    createdAt
    updatedAt
  }
}
    `) as unknown as TypedDocumentString<OneUserQuery, OneUserQueryVariables>;
export const UsersDocument = new TypedDocumentString(`
    query Users($search: String, $first: Int, $after: String) {
  users(search: $search, first: $first, after: $after) {
    totalCount
    edges {
      node {
        id
        email
        providers
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<UsersQuery, UsersQueryVariables>;
export const DeleteUsersDocument = new TypedDocumentString(`
    mutation DeleteUsers($ids: [ID!]!) {
  deleteUsers(ids: $ids)
}
    `) as unknown as TypedDocumentString<DeleteUsersMutation, DeleteUsersMutationVariables>;
export const AuthConfigDocument = new TypedDocumentString(`
    query AuthConfig {
  authConfig {
    requireEmailVerification
    passwordMinLength
    requireNumber
    requireLowercase
    requireUppercase
    requireSpecialChar
    verifyEmailMethod
    resetPasswordMethod
    allowedRedirectUrls
    disableSignup
  }
}
    `) as unknown as TypedDocumentString<AuthConfigQuery, AuthConfigQueryVariables>;
export const UpdateAuthConfigDocument = new TypedDocumentString(`
    mutation UpdateAuthConfig($input: AuthConfigInput!) {
  updateAuthConfig(input: $input) {
    requireEmailVerification
    passwordMinLength
    requireNumber
    requireLowercase
    requireUppercase
    requireSpecialChar
    verifyEmailMethod
    resetPasswordMethod
    allowedRedirectUrls
    disableSignup
  }
}
    `) as unknown as TypedDocumentString<UpdateAuthConfigMutation, UpdateAuthConfigMutationVariables>;
export const PublicAuthConfigDocument = new TypedDocumentString(`
    query PublicAuthConfig {
  publicAuthConfig {
    requireEmailVerification
    passwordMinLength
    requireNumber
    requireLowercase
    requireUppercase
    requireSpecialChar
    verifyEmailMethod
    resetPasswordMethod
    disableSignup
  }
}
    `) as unknown as TypedDocumentString<PublicAuthConfigQuery, PublicAuthConfigQueryVariables>;
export const ProjectKeysDocument = new TypedDocumentString(`
    query ProjectKeys {
  projectKeys {
    apiKey
    anonKey
    projectId
  }
}
    `) as unknown as TypedDocumentString<ProjectKeysQuery, ProjectKeysQueryVariables>;
export const RotateApiKeyDocument = new TypedDocumentString(`
    mutation RotateApiKey($gracePeriodHours: Int) {
  rotateApiKey(gracePeriodHours: $gracePeriodHours) {
    key
    oldKeyExpiresAt
  }
}
    `) as unknown as TypedDocumentString<RotateApiKeyMutation, RotateApiKeyMutationVariables>;
export const RotateAnonKeyDocument = new TypedDocumentString(`
    mutation RotateAnonKey($gracePeriodHours: Int) {
  rotateAnonKey(gracePeriodHours: $gracePeriodHours) {
    key
    oldKeyExpiresAt
  }
}
    `) as unknown as TypedDocumentString<RotateAnonKeyMutation, RotateAnonKeyMutationVariables>;
export const AuditEntriesDocument = new TypedDocumentString(`
    query AuditEntries {
  auditEntries {
    edges {
      node {
        id
        action
        subject
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AuditEntriesQuery, AuditEntriesQueryVariables>;
export const MigrationDriftDocument = new TypedDocumentString(`
    query MigrationDrift($files: [MigrationFileInput!]) {
  migrationDrift(files: $files) {
    since
    changes {
      object
      change
    }
    files {
      version
      status
    }
  }
}
    `) as unknown as TypedDocumentString<MigrationDriftQuery, MigrationDriftQueryVariables>;
export const ExportDatabaseDocument = new TypedDocumentString(`
    mutation ExportDatabase($tables: [String!], $format: String, $rowLimit: Int) {
  exportDatabase(tables: $tables, format: $format, rowLimit: $rowLimit) {
    format
    data
    truncatedTables
    downloadPath
    downloadExpiresAt
  }
}
    `) as unknown as TypedDocumentString<ExportDatabaseMutation, ExportDatabaseMutationVariables>;
export const ListMigrationsDocument = new TypedDocumentString(`
    query ListMigrations {
  migrations {
    version
    name
    statements
    createdAt
    checksum
  }
}
    `) as unknown as TypedDocumentString<ListMigrationsQuery, ListMigrationsQueryVariables>;
export const ApplyMigrationDocument = new TypedDocumentString(`
    mutation ApplyMigration($version: String!, $name: String!, $sql: String!, $dryRun: Boolean) {
  applyMigration(version: $version, name: $name, sql: $sql, dryRun: $dryRun) {
    migration {
      version
      name
      statements
    }
    dryRun {
      isValid
      statements
      riskLevel
      riskFactors {
        code
        level
        statement
      }
      error
    }
  }
}
    `) as unknown as TypedDocumentString<ApplyMigrationMutation, ApplyMigrationMutationVariables>;
export const RunSqlDocument = new TypedDocumentString(`
    mutation RunSql($query: String!, $params: [JSON!], $readOnly: Boolean, $unrestricted: Boolean) {
  runSql(
    query: $query
    params: $params
    readOnly: $readOnly
    unrestricted: $unrestricted
  ) {
    rows
    rowCount
    fields {
      name
      dataTypeID
    }
    warnings
  }
}
    `) as unknown as TypedDocumentString<RunSqlMutation, RunSqlMutationVariables>;
export const ExplainSqlDocument = new TypedDocumentString(`
    mutation ExplainSql($query: String!) {
  explainSql(query: $query) {
    rows
  }
}
    `) as unknown as TypedDocumentString<ExplainSqlMutation, ExplainSqlMutationVariables>;
export const CreateBucketDocument = new TypedDocumentString(`
    mutation CreateBucket($name: String!, $isPublic: Boolean, $types: [String!]) {
  createBucket(name: $name, isPublic: $isPublic, allowedMimeTypes: $types) {
    name
    isPublic
    allowedMimeTypes
    fileSizeLimitBytes
  }
}
    `) as unknown as TypedDocumentString<CreateBucketMutation, CreateBucketMutationVariables>;
export const BucketObjectsDocument = new TypedDocumentString(`
    query BucketObjects($name: String!, $first: Int, $after: String, $search: String) {
  bucket(name: $name) {
    isPublic
    objects(first: $first, after: $after, search: $search) {
      edges {
        node {
          key
          sizeBytes
          contentType
          etag
        }
        cursor
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BucketObjectsQuery, BucketObjectsQueryVariables>;
export const BucketUsageDocument = new TypedDocumentString(`
    query BucketUsage {
  buckets {
    name
    usage {
      objectCount
      sizeBytes
    }
  }
}
    `) as unknown as TypedDocumentString<BucketUsageQuery, BucketUsageQueryVariables>;
export const CreateUploadDocument = new TypedDocumentString(`
    mutation CreateUpload($bucket: String!, $key: String!, $type: String) {
  createUpload(bucket: $bucket, key: $key, contentType: $type) {
    method
    url
    key
    confirmRequired
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<CreateUploadMutation, CreateUploadMutationVariables>;
export const CreateDownloadDocument = new TypedDocumentString(`
    mutation CreateDownload($bucket: String!, $key: String!, $seconds: Int, $download: String) {
  createDownload(
    bucket: $bucket
    key: $key
    expiresInSeconds: $seconds
    download: $download
  ) {
    url
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<CreateDownloadMutation, CreateDownloadMutationVariables>;
export const MoveObjectDocument = new TypedDocumentString(`
    mutation MoveObject($bucket: String!, $key: String!, $toKey: String!) {
  moveObject(bucket: $bucket, key: $key, toKey: $toKey) {
    key
    sizeBytes
  }
}
    `) as unknown as TypedDocumentString<MoveObjectMutation, MoveObjectMutationVariables>;
export const CopyObjectDocument = new TypedDocumentString(`
    mutation CopyObject($bucket: String!, $key: String!, $toKey: String!) {
  copyObject(bucket: $bucket, key: $key, toKey: $toKey) {
    key
    sizeBytes
  }
}
    `) as unknown as TypedDocumentString<CopyObjectMutation, CopyObjectMutationVariables>;
export const DeleteObjectsDocument = new TypedDocumentString(`
    mutation DeleteObjects($keys: [String!]!) {
  deleteObjects(bucket: "b", keys: $keys)
}
    `) as unknown as TypedDocumentString<DeleteObjectsMutation, DeleteObjectsMutationVariables>;
export const CreateKeyDocument = new TypedDocumentString(`
    mutation CreateKey($buckets: [String!], $expiresAt: DateTime) {
  createS3AccessKey(
    description: "backup"
    buckets: $buckets
    isReadOnly: true
    expiresAt: $expiresAt
  ) {
    id
    accessKeyId
    secretAccessKey
    buckets
    isReadOnly
  }
}
    `) as unknown as TypedDocumentString<CreateKeyMutation, CreateKeyMutationVariables>;
export const KeysDocument = new TypedDocumentString(`
    query Keys {
  s3AccessKeys {
    accessKeyId
    secretAccessKey
  }
  s3Config {
    endpoint
    region
    available
  }
}
    `) as unknown as TypedDocumentString<KeysQuery, KeysQueryVariables>;
export const RevokeDocument = new TypedDocumentString(`
    mutation Revoke($id: ID!) {
  revokeS3AccessKey(id: $id)
}
    `) as unknown as TypedDocumentString<RevokeMutation, RevokeMutationVariables>;
export const PoliciesDocument = new TypedDocumentString(`
    query Policies {
  storagePolicies {
    name
    command
    roles
    using
  }
}
    `) as unknown as TypedDocumentString<PoliciesQuery, PoliciesQueryVariables>;
export const AddPolicyDocument = new TypedDocumentString(`
    mutation AddPolicy($using: String!) {
  createStoragePolicy(name: "shared", command: SELECT, using: $using) {
    name
    using
  }
}
    `) as unknown as TypedDocumentString<AddPolicyMutation, AddPolicyMutationVariables>;
export const DropPolicyDocument = new TypedDocumentString(`
    mutation DropPolicy {
  dropStoragePolicy(name: "shared")
}
    `) as unknown as TypedDocumentString<DropPolicyMutation, DropPolicyMutationVariables>;