/** Deterministic numbers in [0, 1) from any text (FNV-1a, then a xorshift walk). */
export function numbersFrom(text: string): () => number {
	let state = 0x811c9dc5;
	for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
	state ||= 1;
	return () => {
		state ^= state << 13;
		state >>>= 0;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state / 2 ** 32;
	};
}

export type Rgb = [number, number, number];

/** `hue` in turns, `saturation` and `lightness` in 0..1; channels 0..255. */
export function hsl(hue: number, saturation: number, lightness: number): Rgb {
	const amplitude = saturation * Math.min(lightness, 1 - lightness);
	const channel = (offset: number): number => {
		const k = (offset + hue * 12) % 12;
		return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
	};
	return [channel(0), channel(8), channel(4)];
}
