/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "mutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken requireEmailVerification\n  }\n}": typeof types.SignUpDocument,
    "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}": typeof types.SignInDocument,
    "mutation RefreshSession($refreshToken: String!) {\n  refreshSession(refreshToken: $refreshToken) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}": typeof types.RefreshSessionDocument,
    "mutation SignOut($refreshToken: String) { signOut(refreshToken: $refreshToken) }": typeof types.SignOutDocument,
    "mutation SignInAdmin($input: SignInAdminInput!) {\n  signInAdmin(input: $input) { admin { sub } accessToken refreshToken }\n}": typeof types.SignInAdminDocument,
    "query Me {\n  me { id email emailVerified providers profile metadata createdAt updatedAt }\n}": typeof types.MeDocument,
    "query Node($id: ID!) {\n  node(id: $id) { __typename id ... on User { email } ... on AuditEntry { action } ... on Session { isCurrent } }\n}": typeof types.NodeDocument,
    "mutation RefreshAdminSession($refreshToken: String!) {\n  refreshAdminSession(refreshToken: $refreshToken) { admin { sub } accessToken refreshToken }\n}": typeof types.RefreshAdminSessionDocument,
    "query CurrentAdmin { currentAdmin { sub } }": typeof types.CurrentAdminDocument,
    "query Sessions { sessions { id userAgent isCurrent expiresAt } }": typeof types.SessionsDocument,
    "mutation RevokeSession($id: ID!) { revokeSession(id: $id) }": typeof types.RevokeSessionDocument,
    "mutation UpdateProfile($profile: JSON!) {\n  updateProfile(profile: $profile) { id profile }\n}": typeof types.UpdateProfileDocument,
    "query OneUser($id: ID!) {\n  user(id: $id) { id email emailVerified providers profile metadata createdAt updatedAt }\n}": typeof types.OneUserDocument,
    "query Users($search: String, $first: Int, $after: String) {\n  users(search: $search, first: $first, after: $after) {\n    totalCount\n    edges { node { id email providers } }\n    pageInfo { hasNextPage endCursor }\n  }\n}": typeof types.UsersDocument,
    "mutation DeleteUsers($ids: [ID!]!) { deleteUsers(ids: $ids) }": typeof types.DeleteUsersDocument,
    "query AuthConfig {\n  authConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}": typeof types.AuthConfigDocument,
    "mutation UpdateAuthConfig($input: AuthConfigInput!) {\n  updateAuthConfig(input: $input) {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}": typeof types.UpdateAuthConfigDocument,
    "query PublicAuthConfig {\n  publicAuthConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod disableSignup\n  }\n}": typeof types.PublicAuthConfigDocument,
    "query ProjectKeys { projectKeys { apiKey anonKey projectId } }": typeof types.ProjectKeysDocument,
    "mutation RotateApiKey($gracePeriodHours: Int) {\n  rotateApiKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}": typeof types.RotateApiKeyDocument,
    "mutation RotateAnonKey($gracePeriodHours: Int) {\n  rotateAnonKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}": typeof types.RotateAnonKeyDocument,
    "query AuditEntries { auditEntries { edges { node { id action subject } } } }": typeof types.AuditEntriesDocument,
    "query MigrationDrift($files: [MigrationFileInput!]) {\n  migrationDrift(files: $files) { since changes { object change } files { version status } } }": typeof types.MigrationDriftDocument,
    "mutation ExportDatabase($tables: [String!], $format: String, $rowLimit: Int) {\n  exportDatabase(tables: $tables, format: $format, rowLimit: $rowLimit) {\n    format data truncatedTables downloadPath downloadExpiresAt } }": typeof types.ExportDatabaseDocument,
    "query ListMigrations { migrations { version name statements createdAt checksum } }": typeof types.ListMigrationsDocument,
    "mutation ApplyMigration($version: String!, $name: String!, $sql: String!, $dryRun: Boolean) {\n  applyMigration(version: $version, name: $name, sql: $sql, dryRun: $dryRun) {\n    migration { version name statements }\n    dryRun { isValid statements riskLevel riskFactors { code level statement } error } } }": typeof types.ApplyMigrationDocument,
    "mutation RunSql($query: String!, $params: [JSON!], $readOnly: Boolean, $unrestricted: Boolean) {\n  runSql(query: $query, params: $params, readOnly: $readOnly, unrestricted: $unrestricted) {\n    rows rowCount fields { name dataTypeID } warnings } }": typeof types.RunSqlDocument,
    "mutation ExplainSql($query: String!) { explainSql(query: $query) { rows } }": typeof types.ExplainSqlDocument,
    "mutation CreateBucket($name: String!, $isPublic: Boolean, $types: [String!]) {\n  createBucket(name: $name, isPublic: $isPublic, allowedMimeTypes: $types) { name isPublic allowedMimeTypes fileSizeLimitBytes } }": typeof types.CreateBucketDocument,
    "query BucketObjects($name: String!, $first: Int, $after: String, $search: String) {\n  bucket(name: $name) { isPublic objects(first: $first, after: $after, search: $search) {\n    edges { node { key sizeBytes contentType etag } cursor } pageInfo { hasNextPage endCursor } } } }": typeof types.BucketObjectsDocument,
    "query BucketUsage { buckets { name usage { objectCount sizeBytes } } }": typeof types.BucketUsageDocument,
    "mutation CreateUpload($bucket: String!, $key: String!, $type: String) {\n  createUpload(bucket: $bucket, key: $key, contentType: $type) { method url key confirmRequired expiresAt } }": typeof types.CreateUploadDocument,
    "mutation CreateDownload($bucket: String!, $key: String!, $seconds: Int, $download: String) {\n  createDownload(bucket: $bucket, key: $key, expiresInSeconds: $seconds, download: $download) { url expiresAt } }": typeof types.CreateDownloadDocument,
    "mutation MoveObject($bucket: String!, $key: String!, $toKey: String!) {\n  moveObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }": typeof types.MoveObjectDocument,
    "mutation CopyObject($bucket: String!, $key: String!, $toKey: String!) {\n  copyObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }": typeof types.CopyObjectDocument,
    "mutation DeleteObjects($keys: [String!]!) { deleteObjects(bucket: \"b\", keys: $keys) }": typeof types.DeleteObjectsDocument,
    "mutation CreateKey($buckets: [String!], $expiresAt: DateTime) {\n  createS3AccessKey(description: \"backup\", buckets: $buckets, isReadOnly: true, expiresAt: $expiresAt) {\n    id accessKeyId secretAccessKey buckets isReadOnly } }": typeof types.CreateKeyDocument,
    "query Keys { s3AccessKeys { accessKeyId secretAccessKey } s3Config { endpoint region available } }": typeof types.KeysDocument,
    "mutation Revoke($id: ID!) { revokeS3AccessKey(id: $id) }": typeof types.RevokeDocument,
    "query Policies { storagePolicies { name command roles using } }": typeof types.PoliciesDocument,
    "mutation AddPolicy($using: String!) {\n  createStoragePolicy(name: \"shared\", command: SELECT, using: $using) { name using } }": typeof types.AddPolicyDocument,
    "mutation DropPolicy { dropStoragePolicy(name: \"shared\") }": typeof types.DropPolicyDocument,
};
const documents: Documents = {
    "mutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken requireEmailVerification\n  }\n}": types.SignUpDocument,
    "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}": types.SignInDocument,
    "mutation RefreshSession($refreshToken: String!) {\n  refreshSession(refreshToken: $refreshToken) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}": types.RefreshSessionDocument,
    "mutation SignOut($refreshToken: String) { signOut(refreshToken: $refreshToken) }": types.SignOutDocument,
    "mutation SignInAdmin($input: SignInAdminInput!) {\n  signInAdmin(input: $input) { admin { sub } accessToken refreshToken }\n}": types.SignInAdminDocument,
    "query Me {\n  me { id email emailVerified providers profile metadata createdAt updatedAt }\n}": types.MeDocument,
    "query Node($id: ID!) {\n  node(id: $id) { __typename id ... on User { email } ... on AuditEntry { action } ... on Session { isCurrent } }\n}": types.NodeDocument,
    "mutation RefreshAdminSession($refreshToken: String!) {\n  refreshAdminSession(refreshToken: $refreshToken) { admin { sub } accessToken refreshToken }\n}": types.RefreshAdminSessionDocument,
    "query CurrentAdmin { currentAdmin { sub } }": types.CurrentAdminDocument,
    "query Sessions { sessions { id userAgent isCurrent expiresAt } }": types.SessionsDocument,
    "mutation RevokeSession($id: ID!) { revokeSession(id: $id) }": types.RevokeSessionDocument,
    "mutation UpdateProfile($profile: JSON!) {\n  updateProfile(profile: $profile) { id profile }\n}": types.UpdateProfileDocument,
    "query OneUser($id: ID!) {\n  user(id: $id) { id email emailVerified providers profile metadata createdAt updatedAt }\n}": types.OneUserDocument,
    "query Users($search: String, $first: Int, $after: String) {\n  users(search: $search, first: $first, after: $after) {\n    totalCount\n    edges { node { id email providers } }\n    pageInfo { hasNextPage endCursor }\n  }\n}": types.UsersDocument,
    "mutation DeleteUsers($ids: [ID!]!) { deleteUsers(ids: $ids) }": types.DeleteUsersDocument,
    "query AuthConfig {\n  authConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}": types.AuthConfigDocument,
    "mutation UpdateAuthConfig($input: AuthConfigInput!) {\n  updateAuthConfig(input: $input) {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}": types.UpdateAuthConfigDocument,
    "query PublicAuthConfig {\n  publicAuthConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod disableSignup\n  }\n}": types.PublicAuthConfigDocument,
    "query ProjectKeys { projectKeys { apiKey anonKey projectId } }": types.ProjectKeysDocument,
    "mutation RotateApiKey($gracePeriodHours: Int) {\n  rotateApiKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}": types.RotateApiKeyDocument,
    "mutation RotateAnonKey($gracePeriodHours: Int) {\n  rotateAnonKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}": types.RotateAnonKeyDocument,
    "query AuditEntries { auditEntries { edges { node { id action subject } } } }": types.AuditEntriesDocument,
    "query MigrationDrift($files: [MigrationFileInput!]) {\n  migrationDrift(files: $files) { since changes { object change } files { version status } } }": types.MigrationDriftDocument,
    "mutation ExportDatabase($tables: [String!], $format: String, $rowLimit: Int) {\n  exportDatabase(tables: $tables, format: $format, rowLimit: $rowLimit) {\n    format data truncatedTables downloadPath downloadExpiresAt } }": types.ExportDatabaseDocument,
    "query ListMigrations { migrations { version name statements createdAt checksum } }": types.ListMigrationsDocument,
    "mutation ApplyMigration($version: String!, $name: String!, $sql: String!, $dryRun: Boolean) {\n  applyMigration(version: $version, name: $name, sql: $sql, dryRun: $dryRun) {\n    migration { version name statements }\n    dryRun { isValid statements riskLevel riskFactors { code level statement } error } } }": types.ApplyMigrationDocument,
    "mutation RunSql($query: String!, $params: [JSON!], $readOnly: Boolean, $unrestricted: Boolean) {\n  runSql(query: $query, params: $params, readOnly: $readOnly, unrestricted: $unrestricted) {\n    rows rowCount fields { name dataTypeID } warnings } }": types.RunSqlDocument,
    "mutation ExplainSql($query: String!) { explainSql(query: $query) { rows } }": types.ExplainSqlDocument,
    "mutation CreateBucket($name: String!, $isPublic: Boolean, $types: [String!]) {\n  createBucket(name: $name, isPublic: $isPublic, allowedMimeTypes: $types) { name isPublic allowedMimeTypes fileSizeLimitBytes } }": types.CreateBucketDocument,
    "query BucketObjects($name: String!, $first: Int, $after: String, $search: String) {\n  bucket(name: $name) { isPublic objects(first: $first, after: $after, search: $search) {\n    edges { node { key sizeBytes contentType etag } cursor } pageInfo { hasNextPage endCursor } } } }": types.BucketObjectsDocument,
    "query BucketUsage { buckets { name usage { objectCount sizeBytes } } }": types.BucketUsageDocument,
    "mutation CreateUpload($bucket: String!, $key: String!, $type: String) {\n  createUpload(bucket: $bucket, key: $key, contentType: $type) { method url key confirmRequired expiresAt } }": types.CreateUploadDocument,
    "mutation CreateDownload($bucket: String!, $key: String!, $seconds: Int, $download: String) {\n  createDownload(bucket: $bucket, key: $key, expiresInSeconds: $seconds, download: $download) { url expiresAt } }": types.CreateDownloadDocument,
    "mutation MoveObject($bucket: String!, $key: String!, $toKey: String!) {\n  moveObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }": types.MoveObjectDocument,
    "mutation CopyObject($bucket: String!, $key: String!, $toKey: String!) {\n  copyObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }": types.CopyObjectDocument,
    "mutation DeleteObjects($keys: [String!]!) { deleteObjects(bucket: \"b\", keys: $keys) }": types.DeleteObjectsDocument,
    "mutation CreateKey($buckets: [String!], $expiresAt: DateTime) {\n  createS3AccessKey(description: \"backup\", buckets: $buckets, isReadOnly: true, expiresAt: $expiresAt) {\n    id accessKeyId secretAccessKey buckets isReadOnly } }": types.CreateKeyDocument,
    "query Keys { s3AccessKeys { accessKeyId secretAccessKey } s3Config { endpoint region available } }": types.KeysDocument,
    "mutation Revoke($id: ID!) { revokeS3AccessKey(id: $id) }": types.RevokeDocument,
    "query Policies { storagePolicies { name command roles using } }": types.PoliciesDocument,
    "mutation AddPolicy($using: String!) {\n  createStoragePolicy(name: \"shared\", command: SELECT, using: $using) { name using } }": types.AddPolicyDocument,
    "mutation DropPolicy { dropStoragePolicy(name: \"shared\") }": types.DropPolicyDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken requireEmailVerification\n  }\n}"): typeof import('./graphql.ts').SignUpDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignIn($input: SignInInput!) {\n  signIn(input: $input) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}"): typeof import('./graphql.ts').SignInDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RefreshSession($refreshToken: String!) {\n  refreshSession(refreshToken: $refreshToken) {\n    user { id email emailVerified providers profile metadata createdAt updatedAt }\n    accessToken refreshToken\n  }\n}"): typeof import('./graphql.ts').RefreshSessionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignOut($refreshToken: String) { signOut(refreshToken: $refreshToken) }"): typeof import('./graphql.ts').SignOutDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignInAdmin($input: SignInAdminInput!) {\n  signInAdmin(input: $input) { admin { sub } accessToken refreshToken }\n}"): typeof import('./graphql.ts').SignInAdminDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Me {\n  me { id email emailVerified providers profile metadata createdAt updatedAt }\n}"): typeof import('./graphql.ts').MeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Node($id: ID!) {\n  node(id: $id) { __typename id ... on User { email } ... on AuditEntry { action } ... on Session { isCurrent } }\n}"): typeof import('./graphql.ts').NodeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RefreshAdminSession($refreshToken: String!) {\n  refreshAdminSession(refreshToken: $refreshToken) { admin { sub } accessToken refreshToken }\n}"): typeof import('./graphql.ts').RefreshAdminSessionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query CurrentAdmin { currentAdmin { sub } }"): typeof import('./graphql.ts').CurrentAdminDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Sessions { sessions { id userAgent isCurrent expiresAt } }"): typeof import('./graphql.ts').SessionsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RevokeSession($id: ID!) { revokeSession(id: $id) }"): typeof import('./graphql.ts').RevokeSessionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateProfile($profile: JSON!) {\n  updateProfile(profile: $profile) { id profile }\n}"): typeof import('./graphql.ts').UpdateProfileDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OneUser($id: ID!) {\n  user(id: $id) { id email emailVerified providers profile metadata createdAt updatedAt }\n}"): typeof import('./graphql.ts').OneUserDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Users($search: String, $first: Int, $after: String) {\n  users(search: $search, first: $first, after: $after) {\n    totalCount\n    edges { node { id email providers } }\n    pageInfo { hasNextPage endCursor }\n  }\n}"): typeof import('./graphql.ts').UsersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteUsers($ids: [ID!]!) { deleteUsers(ids: $ids) }"): typeof import('./graphql.ts').DeleteUsersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AuthConfig {\n  authConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}"): typeof import('./graphql.ts').AuthConfigDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateAuthConfig($input: AuthConfigInput!) {\n  updateAuthConfig(input: $input) {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup\n  }\n}"): typeof import('./graphql.ts').UpdateAuthConfigDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PublicAuthConfig {\n  publicAuthConfig {\n    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar\n    verifyEmailMethod resetPasswordMethod disableSignup\n  }\n}"): typeof import('./graphql.ts').PublicAuthConfigDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProjectKeys { projectKeys { apiKey anonKey projectId } }"): typeof import('./graphql.ts').ProjectKeysDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RotateApiKey($gracePeriodHours: Int) {\n  rotateApiKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}"): typeof import('./graphql.ts').RotateApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RotateAnonKey($gracePeriodHours: Int) {\n  rotateAnonKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }\n}"): typeof import('./graphql.ts').RotateAnonKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AuditEntries { auditEntries { edges { node { id action subject } } } }"): typeof import('./graphql.ts').AuditEntriesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MigrationDrift($files: [MigrationFileInput!]) {\n  migrationDrift(files: $files) { since changes { object change } files { version status } } }"): typeof import('./graphql.ts').MigrationDriftDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ExportDatabase($tables: [String!], $format: String, $rowLimit: Int) {\n  exportDatabase(tables: $tables, format: $format, rowLimit: $rowLimit) {\n    format data truncatedTables downloadPath downloadExpiresAt } }"): typeof import('./graphql.ts').ExportDatabaseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ListMigrations { migrations { version name statements createdAt checksum } }"): typeof import('./graphql.ts').ListMigrationsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ApplyMigration($version: String!, $name: String!, $sql: String!, $dryRun: Boolean) {\n  applyMigration(version: $version, name: $name, sql: $sql, dryRun: $dryRun) {\n    migration { version name statements }\n    dryRun { isValid statements riskLevel riskFactors { code level statement } error } } }"): typeof import('./graphql.ts').ApplyMigrationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RunSql($query: String!, $params: [JSON!], $readOnly: Boolean, $unrestricted: Boolean) {\n  runSql(query: $query, params: $params, readOnly: $readOnly, unrestricted: $unrestricted) {\n    rows rowCount fields { name dataTypeID } warnings } }"): typeof import('./graphql.ts').RunSqlDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ExplainSql($query: String!) { explainSql(query: $query) { rows } }"): typeof import('./graphql.ts').ExplainSqlDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateBucket($name: String!, $isPublic: Boolean, $types: [String!]) {\n  createBucket(name: $name, isPublic: $isPublic, allowedMimeTypes: $types) { name isPublic allowedMimeTypes fileSizeLimitBytes } }"): typeof import('./graphql.ts').CreateBucketDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BucketObjects($name: String!, $first: Int, $after: String, $search: String) {\n  bucket(name: $name) { isPublic objects(first: $first, after: $after, search: $search) {\n    edges { node { key sizeBytes contentType etag } cursor } pageInfo { hasNextPage endCursor } } } }"): typeof import('./graphql.ts').BucketObjectsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BucketUsage { buckets { name usage { objectCount sizeBytes } } }"): typeof import('./graphql.ts').BucketUsageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateUpload($bucket: String!, $key: String!, $type: String) {\n  createUpload(bucket: $bucket, key: $key, contentType: $type) { method url key confirmRequired expiresAt } }"): typeof import('./graphql.ts').CreateUploadDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateDownload($bucket: String!, $key: String!, $seconds: Int, $download: String) {\n  createDownload(bucket: $bucket, key: $key, expiresInSeconds: $seconds, download: $download) { url expiresAt } }"): typeof import('./graphql.ts').CreateDownloadDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation MoveObject($bucket: String!, $key: String!, $toKey: String!) {\n  moveObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }"): typeof import('./graphql.ts').MoveObjectDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CopyObject($bucket: String!, $key: String!, $toKey: String!) {\n  copyObject(bucket: $bucket, key: $key, toKey: $toKey) { key sizeBytes } }"): typeof import('./graphql.ts').CopyObjectDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteObjects($keys: [String!]!) { deleteObjects(bucket: \"b\", keys: $keys) }"): typeof import('./graphql.ts').DeleteObjectsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateKey($buckets: [String!], $expiresAt: DateTime) {\n  createS3AccessKey(description: \"backup\", buckets: $buckets, isReadOnly: true, expiresAt: $expiresAt) {\n    id accessKeyId secretAccessKey buckets isReadOnly } }"): typeof import('./graphql.ts').CreateKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Keys { s3AccessKeys { accessKeyId secretAccessKey } s3Config { endpoint region available } }"): typeof import('./graphql.ts').KeysDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Revoke($id: ID!) { revokeS3AccessKey(id: $id) }"): typeof import('./graphql.ts').RevokeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Policies { storagePolicies { name command roles using } }"): typeof import('./graphql.ts').PoliciesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AddPolicy($using: String!) {\n  createStoragePolicy(name: \"shared\", command: SELECT, using: $using) { name using } }"): typeof import('./graphql.ts').AddPolicyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DropPolicy { dropStoragePolicy(name: \"shared\") }"): typeof import('./graphql.ts').DropPolicyDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
