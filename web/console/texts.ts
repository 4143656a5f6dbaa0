// What the console says, in the language of whoever works with it: texts/*.toml, with the places filled in. Text only; nothing here makes markup.

import mustache from 'mustache';
import catalogues, { type TextKey } from 'keepline:texts';
import type { Money, Schemas } from './api.ts';

export type Language = 'en' | 'zh-CN';
export type { TextKey };
type Values = Record<string, string | number | boolean | undefined>;

const KEPT = 'keepline-console-language';
const rules: Record<Language, Intl.PluralRules> = { en: new Intl.PluralRules('en'), 'zh-CN': new Intl.PluralRules('zh-CN') };
let spoken: Language = chosen();

function chosen(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'zh-CN') return kept;
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

export const language = (): Language => spoken;

/** A customer's: what they are told in. */
export const languageOf = (of: Pick<Schemas['Line'], 'language'>): Language => (of.language === 'en' ? 'en' : 'zh-CN');

/** That language by its name, in the reader's own. */
export const languageName = (of: Pick<Schemas['Line'], 'language'>): string => t(languageOf(of) === 'en' ? 'console.word.english' : 'console.word.chinese');

export function speak(next: Language): void {
  spoken = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
}

/** In another language than the reader's where a customer reads it. */
export function textIn(lang: Language, key: TextKey, values: Values = {}): string {
  const all = catalogues[lang];
  const one = `${key}_one`;
  const text = typeof values.n === 'number' && one in all && rules[lang].select(values.n) === 'one' ? all[one] : all[key];
  return mustache.render(text ?? key, values, undefined, { escape: String });
}

export const t = (key: TextKey, values?: Values): string => textIn(spoken, key, values);

/** Of a word that the server says: its text, or the word itself where it is newer than this console. */
export const named = (table: string, word: string, values?: Values): string => {
  const key = `${table}.${word}`;
  return key in catalogues[spoken] ? textIn(spoken, key as TextKey, values) : word.replaceAll('_', ' ');
};

/** The same, or what the server says where this console has no words for it. */
export const namedOr = (table: string, word: string, otherwise: string): string => (`${table}.${word}` in catalogues[spoken] ? named(table, word) : otherwise);

const places = new Map<string, number>();
function digitsOf(currency: string): number {
  let out = places.get(currency);
  if (out === undefined) places.set(currency, out = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2);
  return out;
}

/** Exact: minor units are whole numbers, and no fraction is ever rounded. */
export function money({ minor, currency }: Money, lang: Language = spoken): string {
  const digits = digitsOf(currency);
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = new Intl.NumberFormat(lang).format(BigInt(text.slice(0, text.length - digits)));
  const amount = `${minor < 0 ? '−' : ''}${whole}${digits ? `.${text.slice(-digits)}` : ''}`;
  return textIn(lang, 'format.money', { amount, currency: catalogues[lang][`currency.${currency}`] ?? currency });
}

/** What somebody typed, as minor units. Nothing is rounded: with more places than the currency has it is no amount, and the server refuses it. */
export function moneyOf(typed: string, currency: string): Money {
  const [whole = '0', part = ''] = typed.trim().split('.');
  const digits = digitsOf(currency);
  return { minor: part.length > digits ? Number.NaN : Number(whole + part.padEnd(digits, '0')), currency };
}

/** A bare date is a day where the line is, and stays what it is. */
export const day = (iso: string, lang: Language = spoken): string =>
  new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));

export const moment = (iso: string, lang: Language = spoken): string => new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

export const number = (value: number): string => new Intl.NumberFormat(spoken).format(value);

export const role = (actor: Schemas['Actor']): string => named('console.role', actor.as);

type Told = { type: string; [name: string]: unknown };

/** The places of an event's sentence: its members by name, those inside another as "outer_inner", moments and money as people write them. */
function placesOf(event: Told): Values {
  const out: Values = {};
  const add = (name: string, value: unknown): void => {
    if (typeof value === 'boolean') { if (value) out[name] = true; }
    else if (typeof value === 'number') out[name] = value;
    else if (typeof value === 'string') { if (value) out[name] = /^\d{4}-\d\d-\d\dT/.test(value) ? moment(value) : /^\d{4}-\d\d-\d\d$/.test(value) ? day(value) : value; }
    else if (value && typeof value === 'object' && !Array.isArray(value)) {
      const { minor, currency } = value as Partial<Money>;
      if (typeof minor === 'number' && typeof currency === 'string') { if (currency) out[name] = money({ minor, currency }); }
      else for (const [inner, one] of Object.entries(value)) add(name ? `${name}_${inner}` : inner, one);
    }
  };
  add('', event);
  return out;
}

/** As the customer reads it in their portal; what only staff see has words of its own. */
export const eventInWords = (event: Told): string => {
  const key = `event.${event.type}`;
  const own = `console.event.${event.type}`;
  return key in catalogues[spoken] ? textIn(spoken, key as TextKey, placesOf(event)) : own in catalogues[spoken] ? textIn(spoken, own as TextKey, placesOf(event)) : event.type.replaceAll('_', ' ');
};

/** Working days are the server's to count; this counts nights from today. */
export function nightsUntil(iso: string): number {
  const today = new Date();
  return Math.round((Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) - Date.UTC(today.getFullYear(), today.getMonth(), today.getDate())) / 86_400_000);
}
