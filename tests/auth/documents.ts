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
