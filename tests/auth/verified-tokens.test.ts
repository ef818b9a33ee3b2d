import { expect, test } from 'vitest';
import { rememberVerified } from '../../src/auth/verified-tokens.ts';

test('a token is verified once a minute, ends at its exp, and a refused one is never remembered', async () => {
  let nowSeconds = 1000;
  let checks = 0;
  const verify = rememberVerified(
    () => new Date(nowSeconds * 1000),
    async (token) => {
      checks += 1;
      if (token === 'bad' || nowSeconds >= 1090) throw new Error('refused');
      return { sub: token, exp: 1090 };
    },
  );
  await verify('a');
  await verify('a');
  expect(checks).toBe(1);
  nowSeconds = 1061;
  await verify('a');
  expect(checks).toBe(2);
  nowSeconds = 1091;
  await expect(verify('a')).rejects.toThrow('refused');
  await expect(verify('bad')).rejects.toThrow('refused');
  await expect(verify('bad')).rejects.toThrow('refused');
  expect(checks).toBe(5);
});
