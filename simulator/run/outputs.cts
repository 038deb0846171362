import { numbersFrom } from '../hash.cjs';
import type { Graph, GraphNode, MediaSpec, OutputEntry, OutputFile, Outputs } from '../types.cjs';
import type { Facts } from './facts.cjs';
import { gatherFacts } from './facts.cjs';
import { isLink } from './graph.cjs';
import type { HostedLookup } from './input-file.cjs';

type Channels = Record<string, OutputEntry[]>;

interface Production {
	id: string;
	node: GraphNode;
	graph: Graph;
	facts: Facts;
	/** Names a file after a prefix; numbers go up within one run. */
	place(prefix: string, ending: string): { filename: string; subfolder: string };
}

const MAX_FRAMES = 24;
const MAX_SECONDS = 5;

/** What each kind of output node shows in its `ui`, channel by channel. */
const PRODUCERS: Record<string, (production: Production) => Channels> = {
	SaveImage: (p) => ({ images: pictures(p, prefixOf(p), 'output') }),
	PreviewImage: (p) => ({ images: pictures(p, `ComfyUI_temp_${letters(p)}`, 'temp') }),
	SaveAnimatedPNG: (p) => ({
		images: [
			file(p, prefixOf(p), '_.png', 'output', { ...subject(p), ...small(p), media: 'apng' }),
		],
		animated: [{ value: true }],
	}),
	SaveAnimatedWEBP: (p) => ({
		images: [
			file(p, prefixOf(p), '_.webp', 'output', { ...subject(p), ...small(p), media: 'webp' }),
		],
		animated: [{ value: true }],
	}),
	SaveWEBM: (p) => ({
		images: [
			file(p, prefixOf(p), '_.webm', 'output', {
				...movie(p, Number(p.node.inputs['fps'] ?? 24)),
				media: 'webm',
			}),
		],
		animated: [{ value: true }],
	}),
	SaveVideo: (p) => ({
		images: [file(p, prefixOf(p), '_.mp4', 'output', movie(p, 8))],
		animated: [{ value: true }],
	}),
	VHS_VideoCombine: (p) => {
		const frameRate = Number(p.node.inputs['frame_rate'] ?? 8);
		const type = p.node.inputs['save_output'] === false ? 'temp' : 'output';
		return {
			gifs: [
				file(p, prefixOf(p), '.mp4', type, movie(p, frameRate), {
					format: 'video/h264-mp4',
					frame_rate: frameRate,
				}),
			],
		};
	},
	SaveAudio: (p) => ({
		audio: [
			file(p, prefixOf(p), '_.flac', 'output', {
				...subject(p),
				media: 'flac',
				seconds: Math.min(MAX_SECONDS, p.facts.seconds ?? 2),
			}),
		],
	}),
	SaveGLB: (p) => ({
		'3d': [file(p, prefixOf(p), '_.glb', 'output', { ...subject(p), media: 'glb' })],
	}),
	'ShowText|pysssss': (p) => ({ text: [{ value: textOf(p, 'text') }] }),
	PreviewAny: (p) => ({ text: [{ value: textOf(p, 'source') }] }),
	UploadToBucket: (p) => ({
		object_key: [{ value: `${String(p.node.inputs['bucket'])}/seed-${p.facts.seed}.png` }],
		public: [{ value: p.node.inputs['public'] === true }],
		files: [
			{
				file: {
					...p.place('upload', '_.png'),
					type: 'output',
					hosted: false,
					spec: { ...subject(p), ...small(p), media: 'apng' },
				},
			},
		],
	}),
};

/** What the output nodes of a graph give, those that its checks dropped left out. */
export function produceOutputs(
	graph: Graph,
	hosted: HostedLookup,
	dropped: ReadonlySet<string>,
): Outputs {
	const counters = new Map<string, number>();
	const place: Production['place'] = (prefix, ending) => {
		const parts = prefix.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
		const name = parts.pop() ?? 'ComfyUI';
		const count = (counters.get(prefix) ?? 0) + 1;
		counters.set(prefix, count);
		const filename = `${name}_${String(count).padStart(5, '0')}${ending}`;
		return { filename, subfolder: parts.join('/') };
	};
	const outputs: Outputs = {};
	for (const [id, node] of Object.entries(graph)) {
		const produce = PRODUCERS[node.class_type];
		if (produce === undefined || dropped.has(id)) continue;
		outputs[id] = produce({ id, node, graph, facts: gatherFacts(graph, id, hosted), place });
	}
	return outputs;
}

const prefixOf = ({ node }: Production): string =>
	String(node.inputs['filename_prefix'] ?? 'ComfyUI');

const subject = ({ facts }: Production): { prompt: string; seed: string } => ({
	prompt: facts.prompt,
	seed: facts.seed,
});

const small = ({ facts }: Production): { width: number; height: number } => {
	const scale = Math.min(1, 256 / Math.max(facts.width, facts.height));
	return { width: Math.round(facts.width * scale), height: Math.round(facts.height * scale) };
};

const movie = (
	{ facts }: Production,
	frameRate: number,
): Extract<MediaSpec, { frames: number }> => ({
	media: 'mp4',
	prompt: facts.prompt,
	seed: facts.seed,
	frames: Math.max(1, Math.min(MAX_FRAMES, facts.length ?? 8)),
	frameRate,
});

function file(
	production: Production,
	prefix: string,
	ending: string,
	type: OutputFile['type'],
	spec: MediaSpec,
	extra?: OutputFile['extra'],
): OutputEntry {
	const place = production.place(prefix, ending);
	return { file: { ...place, type, hosted: true, spec, ...(extra && { extra }) } };
}

/** One picture per batch item; each item after the first draws from a seed of its own. */
function pictures(production: Production, prefix: string, type: OutputFile['type']): OutputEntry[] {
	const { prompt, seed, width, height, batch, files } = production.facts;
	return Array.from({ length: batch }, (_, index) =>
		file(production, prefix, '_.png', type, {
			media: 'png',
			width,
			height,
			prompt,
			seed: index === 0 ? seed : `${seed}+${index}`,
			facts: files,
		}),
	);
}

function letters({ id, facts }: Production): string {
	const next = numbersFrom(`${id}|${facts.seed}`);
	return Array.from({ length: 5 }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join(
		'',
	);
}

/** Text that arrives over a link, or stands in the input itself. */
function textOf({ node, graph, facts }: Production, input: string): string {
	const value = node.inputs[input];
	if (!isLink(value)) return String(value);
	const source = graph[value[0]];
	if (source?.class_type === 'PrimitiveStringMultiline') return String(source.inputs['value']);
	if (source?.class_type === 'Florence2Run') {
		const about = facts.prompt === '' ? '' : ` about ${facts.prompt}`;
		return `${String(source.inputs['task'])}${about}: ${facts.files.join('; ')}, seed ${facts.seed}`;
	}
	return `${source?.class_type ?? 'nothing'} (seed ${facts.seed})`;
}
