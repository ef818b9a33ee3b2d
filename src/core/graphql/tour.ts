import type { GraphiQLOptions } from 'graphql-yoga';

const tabs = [
  `# 1. Make an account. It answers with tokens: put the access token in the Headers below,
#    {"authorization": "Bearer <accessToken>"}, to go on as this user.
mutation SignUp {
  signUp(input: {email: "ada@example.com", password: "correct horse battery", name: "Ada"}) {
    user { id email }
    accessToken
    refreshToken
  }
}`,
  `# 2. Make a table, as an admin: sign in here, then send the access token in the Headers.
mutation SignInAdmin {
  signInAdmin(input: {username: "admin", password: "<printed at the first start>"}) { accessToken }
}

mutation CreatePosts {
  runSql(query: """
    CREATE TABLE posts (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      owner uuid NOT NULL DEFAULT auth.uid() REFERENCES auth.users (id),
      title text NOT NULL
    );
    CREATE POLICY own ON posts USING (owner = auth.uid());
  """) { rowCount }
}`,
  `# 3. Write and read rows, as the user of step 1: row-level security shows each user their own.
mutation Write {
  insertRecords(table: "posts", records: [{title: "Hello"}])
}

query Read {
  records(table: "posts", orderBy: [{title: "ASC"}], limit: 10)
}`,
  `# 4. See changes arrive, as far as the policies let you see them.
subscription Watch {
  recordChanges(table: "posts") { operation record }
}`,
];

/** GraphiQL's first screen. In development it opens with the anon key, so that the tour works at once. */
export const tour = (anonKey: (() => Promise<string>) | null) => async (): Promise<GraphiQLOptions> => {
  const headers = anonKey ? JSON.stringify({ authorization: `Bearer ${await anonKey()}` }, null, 2) : '{}';
  return {
    title: 'Pleiad',
    defaultTabs: tabs.map((query) => ({ query, headers })),
    defaultHeaders: headers,
    headers,
    shouldPersistHeaders: false,
    subscriptionsProtocol: 'WS',
  };
};
