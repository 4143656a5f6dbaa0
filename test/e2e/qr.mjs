// Reads QR codes back (ISO/IEC 18004, versions 1 to 10, drawn without a flaw, so that error correction is not needed), from what
// the server draws: SVG, PNG and half blocks in a terminal. Shares nothing with the library that drew them.

import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

const QUIET = 4;
const TERMINAL_QUIET = 2;

// ---------------------------------------------------------------------------------------------- drawings → modules

/** A square of modules with its size and `dark(x, y)`, without the quiet zone. */
const grid = (size, dark) => ({ size, dark });

export function fromSvg(svg) {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)[1]);
  const on = new Set();
  for (const [, x, y, width] of svg.matchAll(/M(\d+),(\d+)h(\d+)v1h-\3z/g))
    for (let i = 0; i < Number(width); ++i) on.add(`${Number(x) + i - QUIET},${Number(y) - QUIET}`);
  return grid(side - 2 * QUIET, (x, y) => on.has(`${x},${y}`));
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** CRC-32 (PNG, annex D), by hand: node:zlib has had one only since Node 22.2, and the check must not depend on it. */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Checks the file (signature, chunks, their CRCs) and that every pixel of a module says the same. */
export function fromPng(bytes) {
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const chunks = new Map();
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(bytes.subarray(at + 4, at + 8 + length)), `CRC of ${type}`);
    chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const head = chunks.get('IHDR');
  const side = head.readUInt32BE(0);
  assert.deepEqual([head.readUInt32BE(4), head[8], head[9]], [side, 1, 0], 'a square of one-bit grey');
  const rows = inflateSync(chunks.get('IDAT'));
  const stride = 1 + Math.ceil(side / 8);
  assert.equal(rows.length, stride * side);
  const black = (x, y) => !(rows[y * stride + 1 + (x >> 3)] & (0x80 >> (x & 7)));
  const scale = (() => { // the finder pattern begins with seven dark modules
    let begin = 0;
    while (!black(begin, begin)) ++begin;
    assert.equal(begin % QUIET, 0);
    return begin / QUIET;
  })();
  const at = (x, y) => {
    const [left, top] = [(x + QUIET) * scale, (y + QUIET) * scale];
    const first = black(left, top);
    for (let dy = 0; dy < scale; ++dy) for (let dx = 0; dx < scale; ++dx) assert.equal(black(left + dx, top + dy), first, `pixels of module ${x},${y}`);
    return first;
  };
  const size = side / scale - 2 * QUIET;
  for (let i = -QUIET; i < size + QUIET; ++i) for (const edge of [-QUIET, -1, size, size + QUIET - 1]) assert.ok(!at(i, edge) && !at(edge, i), 'the quiet zone is white');
  return grid(size, at);
}

/** Lines of half blocks, light being what is printed. */
export function fromTerminal(text) {
  const lines = text.split('\n').filter((line) => /^[█▀▄ ]{20,}$/.test(line)).map((line) => [...line]);
  const light = (x, y) => {
    const cell = lines[y >> 1]?.[x];
    return cell === '█' || cell === (y & 1 ? '▄' : '▀');
  };
  return grid(lines[0].length - 2 * TERMINAL_QUIET, (x, y) => !light(x + TERMINAL_QUIET, y + TERMINAL_QUIET));
}

// ---------------------------------------------------------------------------------------------- modules → text

const LEVELS = ['M', 'L', 'H', 'Q']; // by the two bits of the format
const CORRECTION = {
  L: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18], M: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26],
  Q: [13, 22, 18, 26, 18, 24, 18, 22, 20, 24], H: [17, 28, 22, 16, 22, 28, 26, 26, 24, 28],
};
const BLOCKS = {
  L: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4], M: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5], Q: [1, 1, 2, 2, 4, 4, 6, 6, 8, 8], H: [1, 1, 2, 4, 4, 4, 5, 6, 8, 8],
};
const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];
const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = version * 4 + 10;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
}

function isFunction(x, y, size, version) {
  const finder = (x < 9 && y < 9) || (x >= size - 8 && y < 9) || (x < 9 && y >= size - 8);
  if (finder || x === 6 || y === 6) return true;
  if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return true;
  const at = alignments(version);
  return at.some((cx) => at.some((cy) => {
    const corner = (cx === 6 && cy === 6) || (cx === 6 && cy === size - 7) || (cx === size - 7 && cy === 6);
    return !corner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
  }));
}

function format({ dark }) {
  let bits = 0;
  const places = [[0, 8], [1, 8], [2, 8], [3, 8], [4, 8], [5, 8], [7, 8], [8, 8], [8, 7], [8, 5], [8, 4], [8, 3], [8, 2], [8, 1], [8, 0]];
  for (const [x, y] of places) bits = (bits << 1) | (dark(x, y) ? 1 : 0);
  const plain = (bits ^ 0b101010000010010) >> 10;
  return { level: LEVELS[plain >> 3], mask: MASKS[plain & 7] };
}

function codewords({ size, dark }, version, mask) {
  const bits = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; ++i) for (const x of [right, right - 1]) {
      const y = up ? size - 1 - i : i;
      if (!isFunction(x, y, size, version)) bits.push(dark(x, y) !== (mask(x, y) === 0) ? 1 : 0);
    }
  }
  return Array.from({ length: bits.length >> 3 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(''), 2));
}

/** The data of all blocks, one after another. */
function unwoven(all, version, level) {
  const blocks = BLOCKS[level][version - 1];
  const dataLength = all.length - blocks * CORRECTION[level][version - 1];
  const short = Math.floor(dataLength / blocks);
  const lengths = Array.from({ length: blocks }, (_, i) => short + (i >= blocks - (dataLength % blocks) ? 1 : 0));
  const out = lengths.map(() => []);
  let at = 0;
  for (let i = 0; i <= short; ++i) for (const [block, length] of lengths.entries()) if (i < length) out[block].push(all[at++]);
  return out.flat();
}

/** The text in the code. */
export function readQr(code) {
  const version = (code.size - 17) / 4;
  assert.ok(Number.isInteger(version) && version >= 1 && version <= 10, `${code.size} modules`);
  for (let i = 0; i < 7; ++i) assert.ok(code.dark(i, 0) && code.dark(0, i) && code.dark(code.size - 1 - i, 0) && code.dark(0, code.size - 1 - i), 'finder patterns');
  const { level, mask } = format(code);
  const bits = unwoven(codewords(code, version, mask), version, level).map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  const take = (n) => parseInt(bits.slice(at, at += n), 2);
  let text = '';
  for (;;) {
    const mode = bits.length - at < 4 ? 0 : take(4);
    if (mode === 0) return text;
    const many = take({ 1: version < 10 ? 10 : 12, 2: version < 10 ? 9 : 11, 4: version < 10 ? 8 : 16 }[mode]);
    if (mode === 4) {
      text += Buffer.from(Array.from({ length: many }, () => take(8))).toString();
    } else {
      const [group, base, widths] = mode === 1 ? [3, 10, [0, 4, 7, 10]] : [2, 45, [0, 6, 11]];
      for (let left = many; left > 0; left -= group) {
        const n = Math.min(left, group);
        let value = take(widths[n]);
        let part = '';
        for (let i = 0; i < n; ++i, value = Math.floor(value / base)) part = ALPHANUMERIC[value % base] + part;
        text += part;
      }
    }
  }
}
