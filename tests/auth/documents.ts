import { graphql } from '../gql/index.ts';

/** The operations of the auth room, shared by its tests. */
export const SignUp = graphql(`mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) {
    user { id email emailVerified providers profile metadata createdAt updatedAt }
    accessToken refreshToken requireEmailVerification
  }
}`);
export const SignIn = graphql(`mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    user { id email emailVerified providers profile metadata createdAt updatedAt }
    accessToken refreshToken
  }
}`);
export const RefreshSession = graphql(`mutation RefreshSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) {
    user { id email emailVerified providers profile metadata createdAt updatedAt }
    accessToken refreshToken
  }
}`);
export const SignOut = graphql(`mutation SignOut($refreshToken: String) { signOut(refreshToken: $refreshToken) }`);
export const SignInAdmin = graphql(`mutation SignInAdmin($input: SignInAdminInput!) {
  signInAdmin(input: $input) { admin { sub } accessToken refreshToken }
}`);
export const Me = graphql(`query Me {
  me { id email emailVerified providers profile metadata createdAt updatedAt }
}`);
export const Node = graphql(`query Node($id: ID!) {
  node(id: $id) { __typename id ... on User { email } ... on AuditEntry { action } ... on Session { isCurrent } }
}`);
export const RefreshAdminSession = graphql(`mutation RefreshAdminSession($refreshToken: String!) {
  refreshAdminSession(refreshToken: $refreshToken) { admin { sub } accessToken refreshToken }
}`);
export const CurrentAdmin = graphql(`query CurrentAdmin { currentAdmin { sub } }`);
export const Sessions = graphql(`query Sessions { sessions { id userAgent isCurrent expiresAt } }`);
export const RevokeSession = graphql(`mutation RevokeSession($id: ID!) { revokeSession(id: $id) }`);
export const UpdateProfile = graphql(`mutation UpdateProfile($profile: JSON!) {
  updateProfile(profile: $profile) { id profile }
}`);
export const OneUser = graphql(`query OneUser($id: ID!) {
  user(id: $id) { id email emailVerified providers profile metadata createdAt updatedAt }
}`);
export const Users = graphql(`query Users($search: String, $first: Int, $after: String) {
  users(search: $search, first: $first, after: $after) {
    totalCount
    edges { node { id email providers } }
    pageInfo { hasNextPage endCursor }
  }
}`);
export const DeleteUsers = graphql(`mutation DeleteUsers($ids: [ID!]!) { deleteUsers(ids: $ids) }`);
export const AuthConfig = graphql(`query AuthConfig {
  authConfig {
    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar
    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup
  }
}`);
export const UpdateAuthConfig = graphql(`mutation UpdateAuthConfig($input: AuthConfigInput!) {
  updateAuthConfig(input: $input) {
    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar
    verifyEmailMethod resetPasswordMethod allowedRedirectUrls disableSignup
  }
}`);
export const PublicAuthConfig = graphql(`query PublicAuthConfig {
  publicAuthConfig {
    requireEmailVerification passwordMinLength requireNumber requireLowercase requireUppercase requireSpecialChar
    verifyEmailMethod resetPasswordMethod disableSignup
  }
}`);
export const ProjectKeys = graphql(`query ProjectKeys { projectKeys { apiKey anonKey projectId } }`);
export const RotateApiKey = graphql(`mutation RotateApiKey($gracePeriodHours: Int) {
  rotateApiKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }
}`);
export const RotateAnonKey = graphql(`mutation RotateAnonKey($gracePeriodHours: Int) {
  rotateAnonKey(gracePeriodHours: $gracePeriodHours) { key oldKeyExpiresAt }
}`);
