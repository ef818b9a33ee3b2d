/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type AuditEntriesQueryVariables = Exact<{ [key: string]: never; }>;


export type AuditEntriesQuery = { auditEntries: { edges: Array<{ node: { id: string, action: string, subject: string } }> } | null };

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