// The one way to the server: api/openapi.yaml's own types, over fetch. What is refused becomes a Refused with the problem that the server told.

import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './made/api';
import { language } from './texts.ts';

export type Schemas = components['schemas'];
export type Money = Schemas['Money'];
export type Problem = Schemas['Problem'];

const TIMEOUT_MS = 30_000;

let looking = 0;

/** What a page asks by itself, while nobody does anything: it does not count as somebody being there. */
export async function byItself<T>(ask: () => Promise<T>): Promise<T> {
  ++looking;
  try {
    return await ask();
  } finally {
    --looking;
  }
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', language());
    if (request.method !== 'GET') request.headers.set('X-Keepline-Console', '1');
    else if (looking > 0) request.headers.set('X-Keepline-Console', 'waiting');
    return request;
  },
};

const go = (request: Request): Promise<Response> => fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });

let showWho = (): Promise<boolean> => Promise.resolve(false);
/** `act`: whoever sits here shows that it is still them; false: they did not. */
export const whenProofIsWanted = (act: () => Promise<boolean>): void => { showWho = act; };

/** What was under way while one session took the place of another had the cookie of the one before: it was refused, and is good with the new one. */
const CROSSED_MS = 5_000;
let proving: Promise<boolean> | undefined;
let provedAt = -Infinity;

async function isProofWanted(response: Response): Promise<boolean> {
  if (response.status !== 403) return false;
  const told = (await response.clone().json().catch(() => undefined)) as { code?: unknown } | undefined;
  return told?.code === 'step-up-required';
}

/**
 * What takes fresh proof is sent again once it is there, as it was and with its key: nothing was done before, and nobody types it anew. What the page asks by
 * itself asks nobody for anything.
 */
async function goProved(request: Request): Promise<Response> {
  const kept = request.clone();
  let response = await go(request);
  if (response.status === 401 && (proving !== undefined || performance.now() - provedAt < CROSSED_MS)) {
    await proving;
    response = await go(kept.clone());
  }
  if (request.headers.get('X-Keepline-Console') === 'waiting' || !(await isProofWanted(response))) return response;
  proving ??= showWho().then((is) => { if (is) provedAt = performance.now(); return is; }).finally(() => { proving = undefined; });
  return (await proving) ? go(kept) : response;
}

export const api = createClient<paths>({ baseUrl: location.origin, cache: 'no-store', credentials: 'same-origin', fetch: goProved });
api.use(headers);

export class Refused extends Error {
  constructor(readonly problem: Pick<Problem, 'title' | 'status' | 'code'> & Partial<Problem>, readonly again: number | undefined) {
    super(problem.title);
  }
  get code(): string { return this.problem.code; }
}

/** Nothing came back: whether it was done is not known. */
export class Lost extends Error {}

/** A case that is not over. */
export const isOpen = (of: Pick<Schemas['Closure'], 'stage'>): boolean => !['closed', 'rejected', 'withdrawn', 'expired'].includes(of.stage);

export interface Answer<T> { value: T; etag: string | undefined; waits: boolean }

interface Given<T> { data?: T | undefined; error?: unknown; response: Response }

let onSessionOver = (): void => {};
export const whenSessionIsOver = (act: () => void): void => { onSessionOver = act; };

export function refusalOf(response: Response, body: unknown): Refused {
  const told = body && typeof body === 'object' && 'code' in body ? (body as Problem) : { title: response.statusText, status: response.status, code: `http-${response.status}` };
  return new Refused(told, Number(response.headers.get('Retry-After')) || undefined);
}

/** What was asked for, or a throw. `waits`: nothing has happened yet, a second person is wanted. */
export async function taken<T>(asked: Promise<Given<T>>): Promise<Answer<T>> {
  let given: Given<T>;
  try {
    given = await asked;
  } catch (failure) {
    throw new Lost(String(failure));
  }
  const { data, error, response } = given;
  if (!response.ok) {
    if (response.status === 401) onSessionOver();
    throw refusalOf(response, error);
  }
  return { value: data as T, etag: response.headers.get('ETag') ?? undefined, waits: response.status === 202 };
}

export const newKey = (): string => crypto.randomUUID();

/** The headers of a POST: the same key when it is sent again, and the version that was looked at. */
export const sent = (key: string, etag?: string): { 'Idempotency-Key': string; 'If-Match'?: string } => ({ 'Idempotency-Key': key, ...(etag && { 'If-Match': etag }) });
