import { z } from 'zod';

const mailMethod = z.enum(['code', 'link']);
const scriptSchemes = ['javascript', 'data', 'file', 'vbscript'];

/** A URL whose host and path may hold globs; the scheme may not, and none that runs or reads what it points at. */
const redirectUrl = z
  .string()
  .trim()
  .max(2000)
  .refine((text) => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\/\S+$/i.exec(text)?.[1]?.toLowerCase();
    return scheme !== undefined && !scriptSchemes.includes(scheme);
  }, 'must be an http(s) URL or one of an app scheme');

/** Any subset of what an admin may set; unknown keys are ignored. */
export const authConfigInput = z
  .object({
    requireEmailVerification: z.boolean(),
    passwordMinLength: z.int().min(4).max(128),
    requireNumber: z.boolean(),
    requireLowercase: z.boolean(),
    requireUppercase: z.boolean(),
    requireSpecialChar: z.boolean(),
    verifyEmailMethod: mailMethod,
    resetPasswordMethod: mailMethod,
    allowedRedirectUrls: z.array(redirectUrl).max(200).nullable(),
    disableSignup: z.boolean(),
  })
  .partial();
