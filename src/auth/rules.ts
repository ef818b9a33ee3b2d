import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type AppError, appError, invalidInput } from '../core/errors.ts';

/** Longest password that is hashed; in characters. */
export const maxPasswordLength = 1024;
const maxProfileBytes = 64 * 1024;

/** JSON that jsonb can hold: no NUL and no half of a surrogate pair, which JSON.stringify writes as escapes. */
const isStorable = (value: unknown) => !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(value));

/** Checked as it was sent (blanks around it are a fault), then lowercased. */
export const email = z
  .string()
  .max(254, 'Invalid email format')
  .regex(z.regexes.email, 'Invalid email format')
  .transform((text) => text.toLowerCase());
export const password = z.string().max(4096);
export const uuid = z.guid('Invalid UUID');

export const signUpInput = z.object({
  email,
  password,
  name: z.string().trim().min(1).max(100).refine(isStorable, 'has characters that cannot be stored').nullish(),
  redirectTo: z.url('must be an absolute URL').nullish(),
  autoConfirm: z.boolean().nullish(),
});
export const signInInput = z.object({ email, password });
export const adminSignInInput = z.object({ username: z.string().trim().min(1).max(100), password });
export const profileInput = z.object({
  profile: z
    .record(z.string(), z.unknown())
    .refine(isStorable, 'has characters that cannot be stored')
    .refine((profile) => Buffer.byteLength(JSON.stringify(profile)) <= maxProfileBytes, 'is larger than 64 KiB'),
});

/** What a project asks of a password. */
export interface PasswordPolicy {
  passwordMinLength: number;
  requireNumber: boolean;
  requireLowercase: boolean;
  requireUppercase: boolean;
  requireSpecialChar: boolean;
}
const specialCharacter = /[!@#$%^&*()_+\-=[\]{};\\|,.<>/?]/;

/** Says all that is missing at once. Errors: INVALID_INPUT. */
export function checkPassword(password: string, policy: PasswordPolicy): void {
  const wanted: [boolean, string][] = [
    [password.length < policy.passwordMinLength, `at least ${policy.passwordMinLength} characters`],
    [password.length > maxPasswordLength, `at most ${maxPasswordLength} characters`],
    [policy.requireNumber && !/\d/.test(password), 'a digit'],
    [policy.requireLowercase && !/\p{Ll}/u.test(password), 'a lowercase letter'],
    [policy.requireUppercase && !/\p{Lu}/u.test(password), 'an uppercase letter'],
    [policy.requireSpecialChar && !specialCharacter.test(password), 'a special character'],
  ];
  const missing = wanted.flatMap(([isMissing, what]) => (isMissing ? [what] : []));
  if (missing.length > 0) throw invalidInput(`password: needs ${missing.join(', ')}`, 'Choose another password.');
}

/** One text for an unknown account, one without a password and a wrong password. */
export const wrongCredentials = (): AppError =>
  appError({
    code: 'AUTH_UNAUTHORIZED',
    status: 401,
    message: 'Invalid credentials',
    nextActions: 'Check the name and the password.',
  });

/** A proven token, but not of an account here: an operator, another issuer, a deleted user. */
export const noAccount = (): AppError =>
  appError({
    code: 'AUTH_INVALID_CREDENTIALS',
    status: 401,
    message: 'This credential belongs to no account',
    nextActions: 'Sign in as a user.',
  });

/** Takes as long for a near miss as for a far one. */
export function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
