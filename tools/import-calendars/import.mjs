// Writes calendars/*.json from the npm packages in package.json: `npm ci --ignore-scripts && npm run import`.
// A person runs it when new data comes out (China's notice: each November) and reads the diff; the server never runs it.
// `npm run check` writes nothing and fails when a committed file differs from what the packages give.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const calendars = join(here, '..', '..', 'calendars');
const check_only = process.argv.includes('--check');

const first_year = 2025; // of the rule-based calendars
const last_year = 2028;
const weekend = [6, 7]; // ISO weekdays, of every calendar here

/** country -> region inside it, and what a reader of the data must know. */
const from_rules = {
    PH: { note: 'regular holidays only; special non-working days are proclaimed each year and left out; the two Eid dates are estimates' },
    US: { note: 'federal holidays' },
    GB: { region: 'ENG', note: 'bank holidays of England and Wales' },
    PT: { note: 'national holidays; municipal ones left out' },
    IN: { note: 'national holidays of fixed or computed date (the three of law: 26 January, 15 August, 2 October); gazetted lunar holidays are left out' },
    JP: { note: 'national holidays; the bank closing days of the New Year are left out' },
    AU: { region: 'NSW', note: 'national and New South Wales holidays' },
    HK: { note: 'general holidays' },
    DE: { note: 'holidays of all states; those of single states left out' },
};

/**
 * Where chinese-days and holiday-calendar disagree on whether a day is worked, and why chinese-days is kept. A
 * difference that is not in this list fails the import. All lie in the past and move no due date of today; none was
 * looked up in the State Council's notice itself unless its words say so.
 */
const year_edge = 'belongs to the next New Year; holiday-calendar leaves year-end days out';
const other_make_up = 'the two place the make-up days of this holiday differently; not looked up';
const missed_make_up = 'make-up day that holiday-calendar leaves out';
const joined_weekend = 'Saturday of a three-day weekend, which has no make-up day; holiday-calendar marks it as worked';
const explained = {
    '2004-01-02': 'New Year of one day; holiday-calendar has three; not looked up',
    '2004-04-25': other_make_up,
    '2004-05-09': other_make_up,
    '2004-09-26': other_make_up,
    '2004-10-10': other_make_up,
    '2005-12-31': 'make-up day of New Year 2006 that chinese-days leaves out; not looked up',
    '2007-12-29': year_edge,
    '2007-12-31': year_edge,
    '2008-05-04': missed_make_up,
    '2008-06-07': joined_weekend,
    '2008-09-13': joined_weekend,
    '2009-01-04': missed_make_up,
    '2009-09-27': missed_make_up,
    '2011-12-31': year_edge,
    '2015-01-04': missed_make_up,
    '2016-04-02': joined_weekend,
    '2018-06-16': joined_weekend,
    '2018-09-22': joined_weekend,
};

/**
 * Days that are off by law on the same date of every year: they count also outside the span of the data. Only those that
 * the data has in each of its years (`npm run check` holds that), none that a proclamation or an almanac sets. China: the
 * State Council's regulation on holidays as revised on 2024-11-10 (New Year 1 day, Labour Day 2, National Day 3).
 */
const yearly = {
    CN: ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'],
    AU: ['01-01', '04-25', '12-25', '12-26'],
    DE: ['01-01', '05-01', '10-03', '12-25', '12-26'],
    GB: ['01-01', '12-25', '12-26'],
    HK: ['01-01', '05-01', '07-01', '10-01', '12-25'],
    IN: ['01-26', '08-15', '10-02'],
    JP: ['01-01', '02-11', '02-23', '04-29', '05-03', '05-04', '05-05', '08-11', '11-03', '11-23'],
    PH: ['01-01', '05-01', '06-12', '12-25', '12-30'],
    PT: ['01-01', '04-25', '05-01', '06-10', '08-15', '10-05', '11-01', '12-01', '12-08', '12-25'],
    US: ['01-01', '06-19', '07-04', '11-11', '12-25'],
};

const day_ms = 86_400_000;
const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
const weekday = (date) => new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
const version_of = (name) => `${name}@${JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'))).version}`;

/** One line per day, so that a diff can be read. */
function render(calendar) {
    const { days, ...head } = calendar;
    const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
    const rows = Object.keys(days).sort().map((date) => `    ${JSON.stringify(date)}: ${JSON.stringify(days[date])}`);
    return `{\n${lines.join('\n')}\n  "days": {\n${rows.join(',\n')}\n  }\n}\n`;
}

function china() {
    const data = require('chinese-days/dist/chinese-days.json');
    const days = {};
    const name = (value) => value.split(',')[1]; // "New Year's Day,元旦,1"
    for (const [date, value] of Object.entries(data.holidays)) days[date] = { work: false, name: name(value) };
    for (const [date, value] of Object.entries(data.workdays)) days[date] = { work: true, name: `${name(value)}补班` };
    const years = Object.keys(days).map((date) => Number(date.slice(0, 4)));
    const [from, to] = [Math.min(...years), Math.max(...years)];
    return {
        id: 'CN',
        version: version_of('chinese-days'),
        source: `State Council holiday notices as encoded by npm ${version_of('chinese-days')}, cross-checked with npm ${version_of('holiday-calendar')}`,
        licence: 'MIT',
        weekend,
        covers: [`${from}-01-01`, `${to}-12-31`],
        yearly: yearly.CN,
        days,
    };
}

/** Every day of the span on which the second source says otherwise, as text; explained ones are printed, others returned. */
function differences(calendar) {
    const second = {};
    for (let year = Number(calendar.covers[0].slice(0, 4)); year <= Number(calendar.covers[1].slice(0, 4)); ++year)
        for (const entry of require(`holiday-calendar/data/CN/${year}.json`).dates)
            second[entry.date] = entry.type === 'transfer_workday';
    const unexplained = [];
    const used = new Set();
    const end = Date.parse(calendar.covers[1]);
    for (let ms = Date.parse(calendar.covers[0]); ms <= end; ms += day_ms) {
        const date = iso(ms);
        const by_weekday = !weekend.includes(weekday(date));
        const ours = calendar.days[date]?.work ?? by_weekday;
        const theirs = second[date] ?? by_weekday;
        if (ours === theirs) continue;
        const line = `CN ${date} (weekday ${weekday(date)}): kept ${ours ? 'worked' : 'off'}, holiday-calendar says ${theirs ? 'worked' : 'off'}`;
        used.add(date);
        if (explained[date]) console.log(`${line}: ${explained[date]}`);
        else unexplained.push(`${line}: NOT EXPLAINED`);
    }
    for (const date of Object.keys(explained))
        if (!used.has(date)) unexplained.push(`CN ${date}: explained, but the sources agree; remove it from the list`);
    return unexplained;
}

function by_rules(country, { region, note }) {
    const holidays = require('date-holidays');
    const source = region ? new holidays(country, region) : new holidays(country);
    const [from, to] = [`${first_year}-01-01`, `${last_year}-12-31`];
    const days = {};
    // One year more on either side: a substitute day can fall into the year before.
    for (let year = first_year - 1; year <= last_year + 1; ++year) {
        for (const holiday of source.getHolidays(year).filter((one) => one.type === 'public')) {
            // `date` is the local date; start and end give the length in whole days.
            const length = Math.max(1, Math.round((holiday.end - holiday.start) / day_ms));
            for (let i = 0; i < length; ++i) {
                const date = iso(Date.parse(holiday.date.slice(0, 10)) + i * day_ms);
                if (date < from || date > to) continue;
                days[date] = { work: false, name: days[date] ? `${days[date].name}; ${holiday.name}` : holiday.name };
            }
        }
    }
    return {
        id: country,
        version: version_of('date-holidays'),
        source: `npm ${version_of('date-holidays')} by commenthol, after the Wikipedia pages named in calendars/README.md, ${[country, region].filter(Boolean).join('-')} public holidays: ${note}`,
        licence: 'CC-BY-SA-3.0',
        weekend,
        covers: [from, to],
        yearly: yearly[country],
        days,
    };
}

const all = [china(), ...Object.entries(from_rules).map(([country, how]) => by_rules(country, how))];
const problems = differences(all[0]);
if (problems.length > 0) {
    console.error(problems.join('\n'));
    console.error('Nothing was written. Look the days up in the State Council notice, then explain them in import.mjs.');
    process.exit(1);
}
mkdirSync(calendars, { recursive: true });
let stale = 0;
for (const calendar of all) {
    const path = join(calendars, `${calendar.id}.json`);
    const text = render(calendar);
    if (check_only) {
        let old = '';
        try { old = readFileSync(path, 'utf8'); } catch { /* missing counts as stale */ }
        if (old !== text) { ++stale; console.error(`calendars/${calendar.id}.json differs from its packages.`); }
    } else {
        writeFileSync(path, text);
        console.log(`calendars/${calendar.id}.json: ${Object.keys(calendar.days).length} days, ${calendar.covers.join(' to ')}, ${calendar.version}`);
    }
}
process.exit(stale === 0 ? 0 : 1);
