import { numbersFrom } from '../hash.cjs';

const RATE = 16_000;

/** A 16-bit mono tone whose pitch and overtone come from the seed; the prompt is in its INFO list. */
export function encodeWav(seconds: number, prompt: string, seed: string): Buffer {
	const next = numbersFrom(seed);
	const pitch = 196 * 2 ** (Math.floor(next() * 24) / 12);
	const overtone = 0.15 + next() * 0.35;
	const count = Math.round(seconds * RATE);
	const samples = Buffer.alloc(count * 2);
	for (let i = 0; i < count; i += 1) {
		const t = i / RATE;
		const fade = Math.min(1, i / 400, (count - i) / 1600);
		const wave =
			Math.sin(2 * Math.PI * pitch * t) + overtone * Math.sin(4 * Math.PI * pitch * t + seconds);
		samples.writeInt16LE(Math.round(wave * fade * 9000), i * 2);
	}
	const format = Buffer.alloc(16);
	format.writeUInt16LE(1, 0);
	format.writeUInt16LE(1, 2);
	format.writeUInt32LE(RATE, 4);
	format.writeUInt32LE(RATE * 2, 8);
	format.writeUInt16LE(2, 12);
	format.writeUInt16LE(16, 14);
	const info = Buffer.concat([
		Buffer.from('INFO'),
		riffChunk('INAM', Buffer.from(`${prompt}\0`)),
		riffChunk('ICMT', Buffer.from(`seed ${seed}\0`)),
	]);
	return riffChunk(
		'RIFF',
		Buffer.concat([
			Buffer.from('WAVE'),
			riffChunk('fmt ', format),
			riffChunk('LIST', info),
			riffChunk('data', samples),
		]),
	);
}

function riffChunk(id: string, data: Buffer): Buffer {
	const size = Buffer.alloc(4);
	size.writeUInt32LE(data.length);
	return Buffer.concat([Buffer.from(id, 'latin1'), size, data, Buffer.alloc(data.length % 2)]);
}
