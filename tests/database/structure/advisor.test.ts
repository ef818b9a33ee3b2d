import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';

const sql = (app: TestApp, text: string) => app.sql(`SET ROLE project_admin; ${text}; RESET ROLE`);

interface Advisory {
  id: string;
  severity: string;
  remedy: string | null;
}
async function advisories(app: TestApp, args = ''): Promise<Advisory[]> {
  const { data, errors } = await (await app.admin()).gql<{ advisories: Advisory[] }, unknown>(
    `{ advisories${args} { id ruleId severity category title schema object detail remedy isSuppressed } }`,
  );
  expect(errors).toBeUndefined();
  return data?.advisories ?? [];
}
const ids = async (app: TestApp, args = '') => (await advisories(app, args)).map((each) => each.id);

/** Per rule: what is wrong, what is right beside it, and the one finding. */
const cases: [string, string, string][] = [
  [
    'rls-disabled',
    'CREATE TABLE a (id int); ALTER TABLE a DISABLE ROW LEVEL SECURITY; CREATE TABLE b (id int)',
    'public.a',
  ],
  [
    'dangerous-function',
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
     CREATE FUNCTION g() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
     CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE FUNCTION i() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION i FROM PUBLIC`,
    'public.f',
  ],
  [
    'rls-permissive',
    `CREATE TABLE a (id int); CREATE POLICY p ON a FOR INSERT WITH CHECK (true); CREATE POLICY q ON a FOR SELECT USING (true);
     CREATE POLICY r ON a FOR DELETE USING (id > 1); CREATE POLICY s ON a USING (true) WITH CHECK (id > 1)`,
    'public.a.p',
  ],
  [
    'rls-no-policy',
    'CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE POLICY p ON b USING (id > 1)',
    'public.a',
  ],
  [
    'rls-select-only',
    'CREATE TABLE a (id int); CREATE POLICY p ON a FOR SELECT USING (id > 1); CREATE TABLE b (id int); CREATE POLICY p ON b USING (id > 1)',
    'public.a',
  ],
  [
    'rls-policy-perf',
    `CREATE TABLE a (id int, o uuid PRIMARY KEY); CREATE POLICY p ON a USING (o = auth.uid());
     CREATE POLICY q ON a USING (o = (SELECT auth.uid()))`,
    'public.a.p',
  ],
  [
    'missing-rls-index',
    `CREATE TABLE a ("Owner" uuid); CREATE POLICY p ON a USING ("Owner" = (SELECT auth.uid()));
     CREATE TABLE b (owner uuid, id int); CREATE INDEX ON b (owner, id); CREATE POLICY p ON b USING (owner = (SELECT auth.uid()))`,
    'public.a.Owner',
  ],
  [
    'missing-fk-index',
    `CREATE TABLE t (id int, n int, PRIMARY KEY (id, n)); CREATE TABLE a (x int, y int, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES t);
     CREATE INDEX ON a (x); CREATE TABLE b (x int, y int, FOREIGN KEY (x, y) REFERENCES t); CREATE INDEX ON b (y, x)`,
    'public.a.k',
  ],
  [
    'unused-index',
    `CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a SELECT g, g FROM generate_series(1, 2000) g; CREATE INDEX i ON a (n);
     CREATE TABLE b (n int); CREATE INDEX j ON b (n); ANALYZE a, b`,
    'public.i',
  ],
  [
    'sequence-exhaustion',
    `CREATE SEQUENCE s MAXVALUE 100; SELECT setval('s', 90); CREATE SEQUENCE t MAXVALUE 100; SELECT setval('t', 10)`,
    'public.s',
  ],
];

test.each(cases)('the advisor finds %s, and only where it is', async (rule, script, object) => {
  await using app = await testApp();
  await sql(app, script);
  expect((await ids(app)).filter((id) => id.startsWith(`${rule}:`))).toEqual([`${rule}:${object}`]);
});

test('every remedy that is SQL does away with its finding', async () => {
  await using app = await testApp();
  await sql(
    app,
    `CREATE TABLE "A b" (id int PRIMARY KEY); ALTER TABLE "A b" DISABLE ROW LEVEL SECURITY;
     CREATE TABLE c ("Ref" int REFERENCES "A b", owner uuid); CREATE POLICY p ON c USING (owner = (SELECT auth.uid()));
     CREATE FUNCTION f(text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
  );
  const before = (await advisories(app)).filter((each) => each.severity !== 'info');
  expect(before.map((each) => each.id)).toEqual([
    'rls-disabled:public.A b',
    'dangerous-function:public.f',
    'missing-rls-index:public.c.owner',
    'missing-fk-index:public.c.c_Ref_fkey',
  ]);
  for (const { remedy } of before) await sql(app, remedy ?? '');
  expect((await advisories(app)).filter((each) => each.severity !== 'info')).toEqual([]);
});

test('a fresh project has no advisories', async () => {
  await using app = await testApp();
  expect(await ids(app)).toEqual([]);
});

test('what an admin has accepted is left out until it is taken back, on both faces', async () => {
  await using app = await testApp();
  await sql(app, 'CREATE TABLE a (id int); ALTER TABLE a DISABLE ROW LEVEL SECURITY');
  const admin = await app.admin();
  const issueId = 'rls-disabled:public.a';
  expect((await admin.get('/api/advisor/latest')).json()).toMatchObject({ scanId: null });
  const scan = await admin.post('/api/advisor/scan');
  expect([scan.statusCode, scan.json()]).toEqual([
    201,
    { scanId: expect.any(String), message: 'Scan completed with 1 findings' },
  ]);
  expect((await admin.get('/api/advisor/latest')).json()).toEqual({
    scanId: scan.json().scanId,
    scannedAt: expect.any(String),
    summary: { total: 1, critical: 1, warning: 0, info: 0 },
  });
  const issues = async (query = '') => (await admin.get(`/api/advisor/issues${query}`)).json();
  expect(await issues('?severity=critical&category=security')).toMatchObject({
    data: [{ id: issueId }],
    pagination: { total: 1, offset: 0, limit: 50 },
  });
  expect((await issues('?severity=warning')).data).toEqual([]);
  expect((await issues('?severity=bad')).error).toBe('INVALID_INPUT');

  expect((await admin.post('/api/advisor/suppressions', { issueId, reason: 'known' })).statusCode).toBe(201);
  expect((await admin.get('/api/advisor/suppressions')).json().data).toMatchObject([
    { issueId, reason: 'known', createdBy: 'api-key' },
  ]);
  expect(await ids(app)).toEqual([]);
  expect(await ids(app, '(includeSuppressed: true)')).toEqual([issueId]);
  expect((await admin.delete('/api/advisor/suppressions', { issueId })).statusCode).toBe(200);
  expect((await admin.delete('/api/advisor/suppressions', { issueId })).json().error).toBe('DATABASE_NOT_FOUND');
  expect(await ids(app)).toEqual([issueId]);
  expect((await admin.post('/api/advisor/suppressions', { issueId: 'nope' })).json().error).toBe(
    'DATABASE_VALIDATION_ERROR',
  );
  await admin.gql(`mutation { suppressAdvisory(id: "${issueId}") }`);
  expect((await issues()).data).toEqual([]);
  await admin.gql(`mutation { unsuppressAdvisory(id: "${issueId}") }`);
  expect(
    (await app.sql<{ action: string }>('SELECT action FROM system.audit_entries ORDER BY id')).map(
      (each) => each.action,
    ),
  ).toEqual([
    'RUN_ADVISOR_SCAN',
    'SUPPRESS_ADVISORY',
    'UNSUPPRESS_ADVISORY',
    'SUPPRESS_ADVISORY',
    'UNSUPPRESS_ADVISORY',
  ]);
});

test('the advisor is for admins', async () => {
  await using app = await testApp();
  const callers = [
    [app.nobody(), 'AUTH_INVALID_CREDENTIALS'],
    [await app.anon(), 'AUTH_UNAUTHORIZED'],
    [await app.as('ada'), 'AUTH_UNAUTHORIZED'],
  ] as const;
  for (const [caller, code] of callers) {
    const answers = [
      await caller.post('/api/advisor/scan'),
      await caller.get('/api/advisor/latest'),
      await caller.get('/api/advisor/issues?severity=bad'),
      await caller.get('/api/advisor/suppressions'),
      await caller.post('/api/advisor/suppressions', {}),
      await caller.delete('/api/advisor/suppressions', {}),
    ];
    for (const answer of answers) expect(answer.json().error).toBe(code);
    for (const document of [
      '{ advisories { id } }',
      'mutation { suppressAdvisory(id: "x") }',
      'mutation { unsuppressAdvisory(id: "x") }',
    ])
      expect((await caller.gql(document)).errors?.[0]?.extensions.code).toBe(code);
  }
});
