// A file of the reader's own: what they asked for, under a name.

const KEPT_MS = 1_000; // until the browser has taken it

export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/** RFC 4180; what a spreadsheet would take for a formula is marked as text. */
const cell = (of: string | number): string => {
  const words = typeof of === 'string' && /^[=+\-@\t\r]/.test(of) ? `'${of}` : String(of);
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
};

export const saveCsv = (name: string, rows: readonly (readonly (string | number)[])[]): void => save(new Blob([`${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`], { type: 'text/csv' }), name);
