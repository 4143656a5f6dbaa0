// GSUP, the protocol between osmo-hlr and a serving VLR/MSC or SGSN: a message type byte, then tag-length-value
// elements with one byte of tag and one of length. Names and numbers are those of libosmocore's gsup.h; only
// what a number-keeping line needs is named here, everything else stays visible by number.

export const GSUP_TYPES = {
  UpdateLocationRequest: 0x04, UpdateLocationError: 0x05, UpdateLocationResult: 0x06,
  PurgeMsRequest: 0x0c, PurgeMsError: 0x0d, PurgeMsResult: 0x0e,
  InsertDataRequest: 0x10, InsertDataError: 0x11, InsertDataResult: 0x12,
  DeleteDataRequest: 0x14, DeleteDataError: 0x15, DeleteDataResult: 0x16,
  LocationCancelRequest: 0x1c, LocationCancelError: 0x1d, LocationCancelResult: 0x1e,
};
export const GSUP_IE = { imsi: 0x01, cause: 0x02, cancelType: 0x06, msisdn: 0x08, cnDomain: 0x28, sourceName: 0x60 };
export const CN_DOMAIN = { ps: 1, cs: 2 };

const TYPE_NAMES = new Map(Object.entries(GSUP_TYPES).map(([name, number]) => [number, name]));
const FILLER = 0xf;

/** Digits, two in a byte, low half first, filled up with 0xf (TBCD). */
export function encodeDigits(digits) {
  const padded = digits.length % 2 ? `${digits}f` : digits;
  return Buffer.from(padded.match(/../g).map((pair) => parseInt(pair[1] + pair[0], 16)));
}

export function decodeDigits(bytes) {
  let digits = '';
  for (const byte of bytes) {
    digits += (byte & 0xf).toString(16);
    if (byte >> 4 !== FILLER) digits += (byte >> 4).toString(16);
  }
  return digits;
}

/** The bytes of a message: type by name, then its elements as [tag, bytes] in order. */
export function encodeGsup(typeName, elements) {
  const parts = [Buffer.of(GSUP_TYPES[typeName])];
  for (const [tag, value] of elements) parts.push(Buffer.of(tag, value.length), value);
  return Buffer.concat(parts);
}

/** { type, imsi, msisdn?, cause?, cnDomain?, cancelType?, elements }; throws on a message cut short. */
export function decodeGsup(bytes) {
  const elements = [];
  for (let at = 1; at < bytes.length;) {
    const end = at + 2 + bytes[at + 1];
    if (at + 2 > bytes.length || end > bytes.length) throw new Error(`GSUP element cut short: ${bytes.toString('hex')}`);
    elements.push([bytes[at], bytes.subarray(at + 2, end)]);
    at = end;
  }
  const value = (tag) => elements.find(([found]) => found === tag)?.[1];
  const message = {
    type: TYPE_NAMES.get(bytes[0]) ?? `0x${bytes[0].toString(16).padStart(2, '0')}`,
    imsi: value(GSUP_IE.imsi) && decodeDigits(value(GSUP_IE.imsi)),
    elements,
  };
  // The MSISDN element opens with its own count of the number's bytes.
  const msisdn = value(GSUP_IE.msisdn);
  if (msisdn) message.msisdn = decodeDigits(msisdn.subarray(1, 1 + msisdn[0]));
  for (const name of ['cause', 'cnDomain', 'cancelType']) {
    if (value(GSUP_IE[name])) message[name] = value(GSUP_IE[name])[0];
  }
  return message;
}
