// What a caller heard, out of the packets of sound that came: one recording, as a WAV file of 16 bits.

const RATE = 8000;                 // of G.711, samples a second
const HEAD_BYTES = 12;             // of RTP, without lists of sources (Keepline sends none)
const LOUD = 500;                  // of 32768: above the noise of G.711's own steps, below any voice
const WAV_HEAD_BYTES = 44;

/** G.711: the sample of each byte, for both laws. */
const ofLaw = (decode) => Int16Array.from({ length: 256 }, (_, byte) => decode(byte));
const MU_LAW = ofLaw((byte) => {
  const turned = ~byte & 0xff;
  const size = (((turned & 0x0f) << 3) + 0x84 << ((turned >> 4) & 7)) - 0x84;
  return turned & 0x80 ? -size : size;
});
const A_LAW = ofLaw((byte) => {
  const turned = byte ^ 0x55;
  const exponent = (turned >> 4) & 7;
  const mantissa = ((turned & 0x0f) << 4) + 8;
  const size = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return turned & 0x80 ? size : -size;
});
const LAWS = new Map([[0, MU_LAW], [8, A_LAW]]);

/** The samples of one packet; empty for what is no sound. */
export function samplesOf(packet) {
  const law = LAWS.get(packet[1] & 0x7f);
  return law ? Array.from(packet.subarray(HEAD_BYTES), (byte) => law[byte]) : [];
}

/** All packets where they belong in time; what never came is silence. */
export function heardIn(packets) {
  const sound = packets.map(({ bytes }) => ({ at: bytes.readUInt32BE(4), samples: samplesOf(bytes) })).filter(({ samples }) => samples.length);
  if (!sound.length) return new Int16Array();
  const places = sound.map(({ at, samples }) => ({ from: (at - sound[0].at) | 0, samples })).filter(({ from }) => from >= 0);
  const out = new Int16Array(Math.max(...places.map(({ from, samples }) => from + samples.length)));
  for (const { from, samples } of places) out.set(samples, from);
  return out;
}

export const isLoud = (samples) => samples.some((sample) => Math.abs(sample) > LOUD);

/** How long a recording is, and how much of it is a voice: in seconds, by parts of a fiftieth of one. */
export function measure(samples) {
  const part = RATE / 50;
  let loud = 0;
  for (let i = 0; i < samples.length; i += part) if (isLoud(samples.subarray(i, i + part))) ++loud;
  return { seconds: samples.length / RATE, loudSeconds: loud / 50 };
}

/** A WAV file, one channel. */
export function wavOf(samples, rate = RATE) {
  const out = Buffer.alloc(WAV_HEAD_BYTES + samples.length * 2);
  out.write('RIFF', 0);
  out.writeUInt32LE(out.length - 8, 4);
  out.write('WAVEfmt ', 8);
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20);
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(rate * 2, 28);
  out.writeUInt16LE(2, 32);
  out.writeUInt16LE(16, 34);
  out.write('data', 36);
  out.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, i) => out.writeInt16LE(sample, WAV_HEAD_BYTES + i * 2));
  return out;
}

/** The samples of such a file. */
export function readWav(bytes) {
  const at = bytes.indexOf('data') + 8;
  return Int16Array.from({ length: (bytes.length - at) >> 1 }, (_, i) => bytes.readInt16LE(at + i * 2));
}

/** A file of a loud tone, so long. */
export const tone = (seconds, rate = RATE) => wavOf(Int16Array.from({ length: seconds * rate }, (_, i) => Math.round(12_000 * Math.sin((2 * Math.PI * 440 * i) / rate))), rate);
