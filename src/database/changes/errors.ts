import { type AppError, appError } from '../../core/errors.ts';

/** 503: this server, or this moment, has no change feed. */
export const changesUnavailable = (message: string, nextActions: string, cause?: unknown): AppError =>
  appError({ code: 'CHANGES_UNAVAILABLE', status: 503, message, nextActions, cause });

/** 400: the table is of a kind whose changes cannot be told row by row. */
export const notStreamable = (message: string, nextActions: string): AppError =>
  appError({ code: 'CHANGES_NOT_SUPPORTED', status: 400, message, nextActions });

/** 503: changes may have been missed, so the subscriber must not believe that it has them all. */
export const interrupted = (message: string, cause?: unknown): AppError =>
  appError({
    code: 'SUBSCRIPTION_INTERRUPTED',
    status: 503,
    message,
    nextActions: 'Subscribe again, then read the current rows: changes may have been missed in between.',
    cause,
  });
