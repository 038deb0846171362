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

/**
 * A NAL unit. No emulation prevention bytes: with limited-range samples, none of which is below 16,
 * nothing in it looks like a start code.
 */
const nalUnit = (header: number, payload: Buffer): Buffer =>
	Buffer.concat([Buffer.from([header]), payload]);

/** A syntax element of the standard: its name there, its value, its bits (`ue`: Exp-Golomb). */
type Element = [name: string, value: number, bits: number | 'ue'];

function write(writer: BitWriter, elements: readonly Element[]): void {
	for (const [, value, bits] of elements) {
		if (bits === 'ue') writer.ue(value);
		else writer.bits(value, bits);
	}
}

function parameterSet(header: number, elements: readonly Element[]): Buffer {
	const writer = createBitWriter();
	write(writer, elements);
	return nalUnit(header, writer.end());
}

/** `width` and `height` must be multiples of 16. */
export const sequenceParameterSet = (width: number, height: number): Buffer =>
	parameterSet(NAL_SPS, [
		['profile_idc', 66, 8],
		['constraint_set_flags', 0b1100_0000, 8],
		['level_idc', 20, 8],
		['seq_parameter_set_id', 0, 'ue'],
		['log2_max_frame_num_minus4', 0, 'ue'],
		['pic_order_cnt_type', 2, 'ue'],
		['max_num_ref_frames', 0, 'ue'],
		['gaps_in_frame_num_value_allowed_flag', 0, 1],
		['pic_width_in_mbs_minus1', width / MACROBLOCK - 1, 'ue'],
		['pic_height_in_map_units_minus1', height / MACROBLOCK - 1, 'ue'],
		['frame_mbs_only_flag', 1, 1],
		['direct_8x8_inference_flag', 1, 1],
		['frame_cropping_flag', 0, 1],
		['vui_parameters_present_flag', 0, 1],
	]);

export const pictureParameterSet = (): Buffer =>
	parameterSet(NAL_PPS, [
		['pic_parameter_set_id', 0, 'ue'],
		['seq_parameter_set_id', 0, 'ue'],
		['entropy_coding_mode_flag', 0, 1],
		['bottom_field_pic_order_in_frame_present_flag', 0, 1],
		['num_slice_groups_minus1', 0, 'ue'],
		['num_ref_idx_l0_default_active_minus1', 0, 'ue'],
		['num_ref_idx_l1_default_active_minus1', 0, 'ue'],
		['weighted_pred_flag', 0, 1],
		['weighted_bipred_idc', 0, 2],
		['pic_init_qp_minus26', 0, 'ue'],
		['pic_init_qs_minus26', 0, 'ue'],
		['chroma_qp_index_offset', 0, 'ue'],
		['deblocking_filter_control_present_flag', 1, 1],
		['constrained_intra_pred_flag', 0, 1],
		['redundant_pic_cnt_present_flag', 0, 1],
	]);

/** `index` tells neighbouring pictures apart; deblocking is off, it would smear exact samples. */
const sliceHeader = (index: number): Element[] => [
	['first_mb_in_slice', 0, 'ue'],
	['slice_type', 7, 'ue'],
	['pic_parameter_set_id', 0, 'ue'],
	['frame_num', 0, 4],
	['idr_pic_id', index % 2, 'ue'],
	['no_output_of_prior_pics_flag', 0, 1],
	['long_term_reference_flag', 0, 1],
	['slice_qp_delta', 0, 'ue'],
	['disable_deblocking_filter_idc', 1, 'ue'],
];

/** One picture as an IDR slice. */
export function encodeFrame(canvas: Canvas, index: number): Buffer {
	const planes = toYuv420(canvas);
	const writer = createBitWriter();
	write(writer, sliceHeader(index));
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
