// A plain object as TOML, for generated configuration: strings, numbers, booleans, arrays of these, nested
// objects as tables, arrays of objects as arrays of tables. Undefined values are left out; null is an Error.

export function toToml(object) {
  return `${tableLines(object, []).join('\n')}\n`;
}

function tableLines(table, path) {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  const lines = entries.filter(([, value]) => !isTable(value) && !isTableArray(value))
    .map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value, key)}`);
  for (const [key, value] of entries) {
    const name = [...path, tomlKey(key)];
    if (isTable(value)) lines.push('', `[${name.join('.')}]`, ...tableLines(value, name));
    if (isTableArray(value)) for (const one of value) lines.push('', `[[${name.join('.')}]]`, ...tableLines(one, name));
  }
  return lines;
}

const isTable = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTableArray = (value) => Array.isArray(value) && value.length > 0 && value.every(isTable);

function tomlKey(key) {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

function tomlValue(value, key) {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map((one) => tomlValue(one, key)).join(', ')}]`;
  throw new Error(`no TOML for ${key} = ${JSON.stringify(value)}`);
}
