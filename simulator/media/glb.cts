import { hsl, numbersFrom } from '../hash.cjs';

const FACES = [
	[0, 1, 2, 3],
	[5, 4, 7, 6],
	[4, 0, 3, 7],
	[1, 5, 6, 2],
	[3, 2, 6, 7],
	[4, 5, 1, 0],
] as const;

/** A binary glTF 2.0 box; size and colour come from the seed, prompt and seed are in `asset.extras`. */
export function encodeGlb(prompt: string, seed: string): Buffer {
	const next = numbersFrom(seed);
	const [x, y, z] = [0.5 + next(), 0.5 + next(), 0.5 + next()];
	const colour = hsl(next(), 0.6, 0.5).map((channel) => channel / 255);
	const positions = [
		[-x, -y, z],
		[x, -y, z],
		[x, y, z],
		[-x, y, z],
		[-x, -y, -z],
		[x, -y, -z],
		[x, y, -z],
		[-x, y, -z],
	];
	const indices = FACES.flatMap(([a, b, c, d]) => [a, b, c, a, c, d]);
	const binary = Buffer.concat([
		Buffer.from(new Float32Array(positions.flat()).buffer),
		Buffer.from(new Uint16Array(indices).buffer),
	]);
	const positionBytes = positions.length * 12;
	const document = {
		asset: { version: '2.0', generator: 'runcomfy-simulator', extras: { prompt, seed } },
		scene: 0,
		scenes: [{ nodes: [0] }],
		nodes: [{ mesh: 0 }],
		meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
		materials: [{ doubleSided: true, pbrMetallicRoughness: { baseColorFactor: [...colour, 1] } }],
		accessors: [
			{
				bufferView: 0,
				componentType: 5126,
				count: positions.length,
				type: 'VEC3',
				min: [-x, -y, -z].map(Math.fround),
				max: [x, y, z].map(Math.fround),
			},
			{ bufferView: 1, componentType: 5123, count: indices.length, type: 'SCALAR' },
		],
		bufferViews: [
			{ buffer: 0, byteOffset: 0, byteLength: positionBytes, target: 34962 },
			{ buffer: 0, byteOffset: positionBytes, byteLength: indices.length * 2, target: 34963 },
		],
		buffers: [{ byteLength: binary.length }],
	};
	const body = Buffer.concat([
		glbChunk('JSON', Buffer.from(JSON.stringify(document)), ' '),
		glbChunk('BIN\0', binary, '\0'),
	]);
	return Buffer.concat([Buffer.from('glTF'), uint32le(2), uint32le(body.length + 12), body]);
}

function glbChunk(type: string, data: Buffer, filler: string): Buffer {
	const padding = Buffer.alloc((4 - (data.length % 4)) % 4, filler);
	const length = uint32le(data.length + padding.length);
	return Buffer.concat([length, Buffer.from(type, 'latin1'), data, padding]);
}

function uint32le(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}
