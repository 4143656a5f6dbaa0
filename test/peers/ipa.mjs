// IPA framing, under both of osmo-hlr's binary protocols: [length u16][protocol u8][payload], where length
// counts the payload only. Protocol 0xfe is the connection's own management (CCM); protocol 0xee carries one
// more byte that names the extension: 0x00 is CTRL (text), 0x05 is GSUP.

export const IPA_CCM = 0xfe;
export const IPA_OSMO = 0xee;
export const OSMO_CTRL = 0x00;
export const OSMO_GSUP = 0x05;

/** One frame; for IPA_OSMO the payload starts with the extension byte. */
export function ipaFrame(protocol, ...parts) {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));
  const header = Buffer.of(0, 0, protocol);
  header.writeUInt16BE(payload.length);
  return Buffer.concat([header, payload]);
}

/** Cuts a byte stream into frames: feed() returns those now complete as { protocol, payload, bytes }. */
export class IpaReader {
  #rest = Buffer.alloc(0);

  feed(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames = [];
    while (this.#rest.length >= 3) {
      const end = 3 + this.#rest.readUInt16BE(0);
      if (this.#rest.length < end) break;
      const bytes = this.#rest.subarray(0, end);
      frames.push({ protocol: bytes[2], payload: bytes.subarray(3), bytes });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}
