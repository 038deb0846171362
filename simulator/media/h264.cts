import type { Canvas } from './canvas.cjs';

// ITU-T H.264, Constrained Baseline with every macroblock I_PCM: samples go in uncompressed, so the
// encoder needs no transform, no prediction and no entropy tables.

const MACROBLOCK = 16;
const I_PCM = 25;
const NAL_SPS = 0x67;
const NAL_PPS = 0x68;
const NAL_IDR = 0x65;

interface BitWriter {
	bits(value: number, count: number): void;
	/** Unsigned Exp-Golomb. */
	ue(value: number): void;
	align(bit: 0 | 1): void;
	/** Only when aligned. */
	bytes(data: Uint8Array): void;
	end(): Buffer;
}

function createBitWriter(): BitWriter {
	const parts: Uint8Array[] = [];
	let pending: number[] = [];
	let current = 0;
	let filled = 0;
	const bit = (value: number): void => {
		current = (current << 1) | value;
		filled += 1;
		if (filled === 8) {
			pending.push(current);
			current = 0;
			filled = 0;
		}
	};
	const bits = (value: number, count: number): void => {
		for (let i = count - 1; i >= 0; i -= 1) bit((value >> i) & 1);
	};
	const flush = (): void => {
		parts.push(Uint8Array.from(pending));
		pending = [];
	};
	return {
		bits,
		ue(value) {
			const length = 31 - Math.clz32(value + 1);
			bits(0, length);
			bits(value + 1, length + 1);
		},
		align(value) {
			while (filled !== 0) bit(value);
		},
		bytes(data) {
			flush();
			parts.push(data);
		},
		end() {
			bit(1);
			while (filled !== 0) bit(0);
			flush();
			return Buffer.concat(parts);
		},
	};
}

/** A NAL unit: header byte, then the payload with emulation prevention bytes. */
function nalUnit(header: number, payload: Buffer): Buffer {
	const out = [header];
	let zeros = 0;
	for (const byte of payload) {
		if (zeros >= 2 && byte <= 3) {
			out.push(3);
			zeros = 0;
		}
		out.push(byte);
		zeros = byte === 0 ? zeros + 1 : 0;
	}
	return Buffer.from(out);
}

/** `width` and `height` must be multiples of 16. */
export function sequenceParameterSet(width: number, height: number): Buffer {
	const writer = createBitWriter();
	writer.bits(66, 8);
	writer.bits(0b1100_0000, 8);
	writer.bits(20, 8);
	writer.ue(0);
	writer.ue(0);
	writer.ue(2);
	writer.ue(0);
	writer.bits(0, 1);
	writer.ue(width / MACROBLOCK - 1);
	writer.ue(height / MACROBLOCK - 1);
	writer.bits(0b1100, 4);
	return nalUnit(NAL_SPS, writer.end());
}

export function pictureParameterSet(): Buffer {
	const writer = createBitWriter();
	writer.ue(0);
	writer.ue(0);
	writer.bits(0, 2);
	writer.ue(0);
	writer.ue(0);
	writer.ue(0);
	writer.bits(0, 3);
	for (let i = 0; i < 3; i += 1) writer.ue(0);
	// The deblocking filter would smear samples that are exact.
	writer.bits(0b100, 3);
	return nalUnit(NAL_PPS, writer.end());
}

/** One picture as an IDR slice; `index` tells neighbouring pictures apart. */
export function encodeFrame(canvas: Canvas, index: number): Buffer {
	const planes = toYuv420(canvas);
	const writer = createBitWriter();
	writer.ue(0);
	writer.ue(7);
	writer.ue(0);
	writer.bits(0, 4);
	writer.ue(index % 2);
	writer.bits(0, 2);
	writer.ue(0);
	writer.ue(1);
	for (let y = 0; y < canvas.height; y += MACROBLOCK) {
		for (let x = 0; x < canvas.width; x += MACROBLOCK) {
			writer.ue(I_PCM);
			writer.align(0);
			writer.bytes(block(planes.y, canvas.width, x, y, MACROBLOCK));
			writer.bytes(block(planes.u, canvas.width / 2, x / 2, y / 2, MACROBLOCK / 2));
			writer.bytes(block(planes.v, canvas.width / 2, x / 2, y / 2, MACROBLOCK / 2));
		}
	}
	return nalUnit(NAL_IDR, writer.end());
}

function block(plane: Uint8Array, stride: number, x: number, y: number, size: number): Uint8Array {
	const out = new Uint8Array(size * size);
	for (let row = 0; row < size; row += 1) {
		const start = (y + row) * stride + x;
		out.set(plane.subarray(start, start + size), row * size);
	}
	return out;
}

/** BT.601, limited range; each chroma sample is taken from the top left of its 2×2 block. */
function toYuv420(canvas: Canvas): { y: Uint8Array; u: Uint8Array; v: Uint8Array } {
	const { width, height, pixels, palette } = canvas;
	const table = palette.map(([r, g, b]) => ({
		y: Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b),
		u: Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b),
		v: Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b),
	}));
	const colour = (x: number, y: number): { y: number; u: number; v: number } =>
		table[pixels[y * width + x] ?? 0] ?? { y: 16, u: 128, v: 128 };
	const half = width / 2;
	return {
		y: Uint8Array.from(pixels, (index) => table[index]?.y ?? 16),
		u: Uint8Array.from(
			{ length: half * (height / 2) },
			(_, i) => colour((i % half) * 2, Math.floor(i / half) * 2).u,
		),
		v: Uint8Array.from(
			{ length: half * (height / 2) },
			(_, i) => colour((i % half) * 2, Math.floor(i / half) * 2).v,
		),
	};
}
