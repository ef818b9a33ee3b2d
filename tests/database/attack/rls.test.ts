import type { Response } from 'light-my-request';
import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../app.ts';
import { asOwner } from '../rows/library.ts';
import { expectCleanPool, records, rpc } from './stage.ts';

const secret = 'swordfish of ada';

/**
 * `accounts` (own rows only), `payments` of accounts (own rows only), `labels` joined through `account_labels`, and a
 * column `pin` that nobody but the admin may read.
 */
async function makeVault(app: TestApp) {
  const [ada, bob, anon, admin] = [await app.as('ada'), await app.as('bob'), await app.anon(), await app.admin()];
  await asOwner(
    app,
    `CREATE TABLE public.accounts (id int PRIMARY KEY, owner uuid NOT NULL DEFAULT auth.uid(), code text UNIQUE, pin int,
       CONSTRAINT short CHECK (length(code) < 40));
     CREATE TABLE public.payments (id int PRIMARY KEY, account_id int REFERENCES public.accounts, owner uuid NOT NULL DEFAULT auth.uid(), sum int);
     CREATE TABLE public.labels (id int PRIMARY KEY, name text);
     CREATE TABLE public.account_labels (account_id int REFERENCES public.accounts, label_id int REFERENCES public.labels, PRIMARY KEY (account_id, label_id));
     CREATE POLICY own ON public.accounts TO authenticated USING (owner = auth.uid()) WITH CHECK (owner = auth.uid());
     CREATE POLICY own ON public.payments TO authenticated USING (owner = auth.uid()) WITH CHECK (owner = auth.uid());
     CREATE POLICY everyone ON public.labels USING (true);
     CREATE POLICY everyone ON public.account_labels USING (true);
     REVOKE ALL ON public.accounts FROM anon, authenticated;
     GRANT SELECT (id, owner, code), INSERT (id, owner, code), UPDATE (id, code), DELETE ON public.accounts TO authenticated;
     GRANT SELECT (id, owner, code) ON public.accounts TO anon;
     INSERT INTO public.accounts VALUES (1, '${ada.id}', '${secret}', 4711), (2, '${bob.id}', 'of bob', 815);
     INSERT INTO public.payments VALUES (10, 1, '${ada.id}', 99), (20, 2, '${bob.id}', 5);
     INSERT INTO public.labels VALUES (7, 'red'); INSERT INTO public.account_labels VALUES (1, 7), (2, 7);
     CREATE FUNCTION public.earlier(p public.payments) RETURNS SETOF public.payments LANGUAGE sql STABLE AS
       $$ SELECT * FROM public.payments q WHERE q.id <= p.id $$;
     CREATE FUNCTION public.total(p public.payments) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT sum(q.sum) FROM public.payments q $$;
     CREATE FUNCTION public.codes() RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT code FROM public.accounts $$;
     CREATE FUNCTION public.rows_of() RETURNS SETOF public.payments LANGUAGE sql STABLE AS $$ SELECT * FROM public.payments $$`,
  );
  return { ada, bob, anon, admin };
}

const shown = ({ statusCode, body, headers }: Response) => [statusCode, body, headers['content-range'] ?? null];

/** Reads of bob that must be the same whether ada's rows are there or not. */
const reads: [what: string, url: string, headers?: Record<string, string>][] = [
  ['a filter on the secret', `${records}/accounts?select=id&code=eq.${secret}`, { prefer: 'count=exact' }],
  ['a pattern', `${records}/accounts?select=id&code=like.sword*`, { prefer: 'count=exact' }],
  ['a pattern that fails where it matches', `${records}/accounts?select=id&code=like.sword%5C`],
  ['a logic tree', `${records}/accounts?select=id&or=(code.eq.${secret},id.eq.1)`, { prefer: 'count=exact' }],
  ['an order', `${records}/accounts?select=id&order=code.desc,id`],
  ['a limit', `${records}/accounts?select=id&order=id&limit=1`, { prefer: 'count=exact' }],
  ['an offset past own rows', `${records}/accounts?select=id&order=id&offset=1`, { prefer: 'count=exact' }],
  ['a range', `${records}/accounts?select=id&order=id`, { range: '1-5', prefer: 'count=exact' }],
  ['an estimated count', `${records}/accounts?select=id`, { prefer: 'count=estimated' }],
  ['aggregates', `${records}/payments?select=sum.sum(),count(),sum.max()`],
  ['a legacy count', `${records}/payments?select=count`],
  ['one row of several', `${records}/accounts?select=id`, { accept: 'application/vnd.pgrst.object+json' }],
  ['CSV', `${records}/payments?select=*`, { accept: 'text/csv' }],
  ['a cast that fails on the value', `${records}/accounts?select=code::int&order=id`],
  ['an embed of children', `${records}/accounts?select=id,payments(*)&order=id`],
  ['an embed of the parent', `${records}/payments?select=id,accounts(code)&order=id`],
  ['an embed through a junction', `${records}/labels?select=name,accounts(code)`],
  ['a count in an embed', `${records}/accounts?select=id,payments(count)&order=id`],
  ['an inner embed', `${records}/account_labels?select=account_id,accounts!inner(code)`, { prefer: 'count=exact' }],
  ['a spread', `${records}/labels?select=name,...accounts(code)`],
  [
    'an order by the parent',
    `${records}/account_labels?select=account_id,accounts()&accounts=not.is.null&order=accounts(code)`,
  ],
  ['a null filter on an embed', `${records}/labels?select=name,accounts()&accounts.id=eq.1&accounts=not.is.null`],
  ['a computed relation', `${records}/payments?select=id,earlier(id,sum)`],
  ['a computed column', `${records}/payments?select=id,total&total=gt.0&order=total`],
  ['a function', `${rpc}/codes`],
  ['a function of rows, embedded', `${rpc}/rows_of?select=id,accounts(code)`, { prefer: 'count=exact' }],
  ['a whole row as JSON', `${records}/payments?select=to_jsonb`],
];

test.each(reads)('%s tells nothing of a hidden row', async (_what, url, headers) => {
  await using app = await testApp({ env: { DB_AGGREGATES_ENABLED: 'true' } });
  const { bob, anon } = await makeVault(app);
  const before = [shown(await bob.get(url, headers)), shown(await anon.get(url, headers))];
  await app.sql(
    'DELETE FROM payments WHERE id = 10; DELETE FROM account_labels WHERE account_id = 1; DELETE FROM accounts WHERE id = 1',
  );
  const after = [shown(await bob.get(url, headers)), shown(await anon.get(url, headers))];
  expect(before).toEqual(after);
  expect(before[0]?.[0]).not.toBe(403);
  expect(JSON.stringify(before)).not.toMatch(/swordfish|4711/);
  await expectCleanPool(app);
});

test('a column without a grant is refused in every place a column can stand', async () => {
  await using app = await testApp({ env: { DB_AGGREGATES_ENABLED: 'true' } });
  const { ada } = await makeVault(app);
  const urls = [
    'accounts?select=pin',
    'accounts?select=*',
    'accounts?select=to_jsonb',
    'accounts?select=id&pin=eq.4711',
    'accounts?select=id&or=(pin.gt.1,id.eq.1)',
    'accounts?select=id&order=pin',
    'accounts?select=pin.sum()',
    'accounts?select=x:pin::text',
    'payments?select=id,accounts(pin)',
    'payments?select=id,accounts(*)',
    'payments?select=id,...accounts(pin)',
    'payments?select=id,accounts()&accounts.pin=eq.4711&accounts=not.is.null',
    'payments?select=id,accounts(id)&order=accounts(pin)',
    'labels?select=name,accounts(pin)',
  ];
  for (const url of urls) {
    const answer = await ada.get(`${records}/${url}`);
    expect([url, answer.statusCode, answer.json().code]).toEqual([url, 403, '42501']);
    expect(answer.body).not.toContain('4711');
  }
  const returned = { prefer: 'return=representation' };
  for (const answer of [
    await ada.patch(`${records}/accounts?id=eq.1&select=pin`, { code: 'x' }, returned),
    await ada.patch(`${records}/accounts?id=eq.1`, { code: 'x' }, returned),
    await ada.delete(`${records}/accounts?pin=eq.4711`),
    await ada.post(`${records}/accounts?select=pin`, { id: 3, code: 'y' }, returned),
    await ada.patch(`${records}/accounts?id=eq.1`, { pin: 1 }),
    await ada.put(`${records}/accounts?id=eq.1`, { id: 1, pin: 1 }),
  ]) {
    expect([answer.statusCode, answer.json().code]).toEqual([403, '42501']);
  }
  expect((await ada.patch(`${records}/accounts?id=eq.1`, { code: 'minimal' })).statusCode).toBe(204);
  expect(await app.sql('SELECT code, pin FROM accounts WHERE id = 1')).toEqual([{ code: 'minimal', pin: 4711 }]);
});

test('no write reaches, returns or counts a hidden row', async () => {
  await using app = await testApp();
  const { ada, bob, anon } = await makeVault(app);
  const returned = { prefer: 'return=representation, count=exact' };
  const merge = { prefer: 'return=representation, resolution=merge-duplicates' };
  const select = 'select=id,code';
  const nothing = async (answer: Promise<Response>) => {
    const { statusCode, body, headers } = await answer;
    expect([statusCode, body, headers['content-range']]).toEqual([200, '[]', '*/0']);
  };
  await nothing(bob.patch(`${records}/accounts?id=eq.1&${select}`, { code: 'mine' }, returned));
  await nothing(
    bob.patch(`${records}/accounts?code=eq.${secret}&order=id&limit=1&${select}`, { code: 'mine' }, returned),
  );
  await nothing(bob.delete(`${records}/accounts?id=eq.1&${select}`, undefined, returned));
  await nothing(bob.delete(`${records}/accounts?code=like.sword*&order=id&limit=5&${select}`, undefined, returned));
  const strict = { prefer: 'handling=strict, max-affected=1, return=representation' };
  expect((await bob.patch(`${records}/accounts?id=gt.0&${select}`, { code: 'all of mine' }, strict)).json()).toEqual([
    { id: 2, code: 'all of mine' },
  ]);

  const refusals = [
    await bob.post(`${records}/accounts?${select}`, { id: 1, code: 'over' }, merge),
    await bob.post(`${records}/accounts?on_conflict=code&${select}`, { id: 9, code: secret }, merge),
    await bob.put(`${records}/accounts?id=eq.1&${select}`, { id: 1, code: 'over' }, returned),
    await bob.post(`${records}/accounts?${select}`, { id: 9, code: 'for ada', owner: ada.id }, returned),
    await anon.post(`${records}/payments`, { id: 30, account_id: 1, sum: 1 }),
  ];
  for (const answer of refusals) {
    expect(answer.json().code).toBe('42501');
    expect(answer.body).not.toMatch(/swordfish|4711|Failing row|\(1, /);
  }
  const ignored = await bob.post(
    `${records}/accounts?${select}`,
    { id: 1, code: 'over' },
    {
      prefer: 'return=representation, resolution=ignore-duplicates',
    },
  );
  expect([ignored.statusCode, ignored.json()]).toEqual([201, []]);
  expect(await app.sql('SELECT id, code, pin FROM accounts ORDER BY id')).toEqual([
    { id: 1, code: secret, pin: 4711 },
    { id: 2, code: 'all of mine', pin: 815 },
  ]);
  await expectCleanPool(app);
});

/** That a unique or foreign key meets a hidden row is what Postgres lets anybody see; the row itself is not. */
test('errors about keys and checks say nothing of the row they met', async () => {
  await using app = await testApp();
  const { bob } = await makeVault(app);
  const answers = {
    '23505': await bob.post(`${records}/accounts`, { id: 9, code: secret }),
    '23503': await bob.post(`${records}/payments`, { id: 31, account_id: 77, sum: 1 }),
    '23514': await bob.patch(`${records}/accounts?id=eq.2`, { code: 'x'.repeat(50) }),
  };
  for (const [code, answer] of Object.entries(answers)) {
    expect(answer.json()).toMatchObject({ code, details: answer.json().details });
    expect(answer.body).not.toMatch(/4711|815|Failing row/);
  }
  const referenced = await bob.delete(`${records}/accounts?id=eq.2`);
  expect([referenced.statusCode, referenced.json().code]).toEqual([409, '23503']);
  expect(referenced.body).not.toMatch(/swordfish|4711/);
});

/**
 * A planned count is Postgres' own guess from statistics under the caller's policies. It says how many rows the planner
 * expects, never what is in them; who must not learn even that gets no SELECT.
 */
test('a planned count is the planner’s guess for the caller’s own query and carries no value', async () => {
  await using app = await testApp();
  const { bob, admin } = await makeVault(app);
  await app.sql('ANALYZE accounts');
  const planned = { prefer: 'count=planned' };
  const guess = async (caller: typeof bob | typeof admin, filter: string) =>
    Number(
      (await caller.request('HEAD', `${records}/accounts?select=id&${filter}`, undefined, planned)).headers[
        'content-range'
      ]
        ?.toString()
        .split('/')[1],
    );
  expect(await guess(bob, `code=eq.${secret}`)).toBe(await guess(bob, 'code=eq.nobody has this'));
  expect(await guess(bob, 'id=gt.0')).toBeLessThanOrEqual(await guess(admin, 'id=gt.0'));
  const refused = await bob.get(`${records}/accounts?select=id&pin=eq.4711`, planned);
  expect(refused.json().code).toBe('42501');
});

test('the plan is shown to nobody unless the operator says so, and then holds no rows', async () => {
  const plan = { accept: 'application/vnd.pgrst.plan+json; options=analyze|verbose' };
  await using app = await testApp();
  const { bob, admin } = await makeVault(app);
  for (const caller of [bob, admin]) {
    const answer = await caller.get(`${records}/accounts?select=id`, plan);
    expect([answer.statusCode, answer.json().code]).toEqual([406, 'PGRST107']);
  }
  await using open = await testApp({ env: { DB_PLAN_ENABLED: 'true' } });
  const other = await makeVault(open);
  const shownPlan = await other.bob.get(`${records}/accounts?select=id,code`, plan);
  expect(shownPlan.statusCode).toBe(200);
  expect(shownPlan.body).not.toMatch(/swordfish|4711/);
  expect((await other.bob.get(`${records}/accounts?select=pin`, plan)).json().code).toBe('42501');
  const write = await other.bob.delete(`${records}/accounts?select=id`, undefined, plan);
  expect(write.body).not.toMatch(/swordfish|4711/);
  expect(await open.sql('SELECT id FROM accounts WHERE id = 1')).toEqual([{ id: 1 }]);
});

test('the graph shows the same rows as the records, and refuses the same', async () => {
  await using app = await testApp();
  const { ada, bob, anon } = await makeVault(app);
  const read = (where: object) => ({ table: 'payments', where });
  const document = `query ($table: String!, $where: JSON) { records(table: $table, where: $where, orderBy: [{id: "ASC"}]) }`;
  const ids = async (caller: typeof ada | typeof anon, where: object) => {
    const { data, errors } = await caller.gql<{ records: { id: number }[] }, object>(document, read(where));
    expect(errors).toBeUndefined();
    return data?.records.map(({ id }) => id);
  };
  expect(await ids(ada, {})).toEqual([10]);
  expect(await ids(bob, { id: { gt: 0 } })).toEqual([20]);
  expect(await ids(bob, { sum: { eq: 99 } })).toEqual([]);
  expect(await ids(anon, {})).toEqual([]);
  const hidden = await bob.gql(document, { table: 'accounts', where: { pin: { eq: 4711 } } });
  expect(JSON.stringify(hidden)).toContain('42501');
  expect(JSON.stringify(hidden)).not.toContain('swordfish');
});
