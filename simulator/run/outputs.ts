import { digest } from '../json';
import type {
	Graph,
	GraphNode,
	LoraSpec,
	OutputEntry,
	OutputFile,
	Outputs,
	SampleFormat,
} from '../types';
import { isLink, upstream } from './graph';

type Channels = Record<string, OutputEntry[]>;

interface Production {
	id: string;
	node: GraphNode;
	graph: Graph;
	facts: Facts;
	/** Names a file by its prefix and a number that increases within a run. */
	place(prefix: string, ending: string): { filename: string; subfolder: string };
}

/** The `ui` output of each kind of output node, channel by channel. */
const PRODUCERS: Record<string, (production: Production) => Channels> = {
	SaveImage: (p) => ({ images: pictures(p, prefixOf(p), 'output') }),
	PreviewImage: (p) => ({ images: pictures(p, `ComfyUI_temp_${p.id}`, 'temp') }),
	SaveAnimatedPNG: (p) => animation(p, '_.png', 'apng'),
	SaveVideo: (p) => animation(p, '_.mp4', 'mp4'),
	VHS_VideoCombine: (p) => {
		const type = p.node.inputs['save_output'] === false ? 'temp' : 'output';
		const frame_rate = Number(p.node.inputs['frame_rate'] ?? 8);
		const extra = { format: 'video/h264-mp4', frame_rate };
		return { gifs: [{ file: { ...sample(p, '.mp4', 'mp4'), type, extra } }] };
	},
	SaveAudio: (p) => ({ audio: [{ file: sample(p, '.flac', 'flac') }] }),
	SaveGLB: (p) => ({ '3d': [{ file: sample(p, '_.glb', 'glb') }] }),
	PreviewAny: (p) => ({ text: [{ value: shownText(p) }] }),
	UploadToBucket: (p) => ({
		object_key: [{ value: `${String(p.node.inputs['bucket'])}/seed-${p.facts.seed}.png` }],
		public: [{ value: p.node.inputs['public'] === true }],
		files: [{ file: { ...sample(p, '_.png', 'apng', 'upload'), hosted: false } }],
	}),
};

/** Produces the outputs of a graph, without the nodes that its check dropped. */
export function produceOutputs(graph: Graph, dropped: ReadonlySet<string>): Outputs {
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
		outputs[id] = produce({ id, node, graph, facts: gatherFacts(graph, id), place });
	}
	return outputs;
}

/** Moves all files of a run under the single name that the LoRA deployment uses. */
export const gatherFiles = (outputs: Outputs, { output }: LoraSpec): Outputs => {
	const entries = Object.values(outputs).flatMap((channels) => Object.values(channels).flat());
	return { output: { [output]: entries.filter(isResult) } };
};

const isResult = (entry: OutputEntry): boolean => 'file' in entry && entry.file.type === 'output';

const prefixOf = ({ node }: Production): string =>
	String(node.inputs['filename_prefix'] ?? 'ComfyUI');

/** One picture per batch item; each item after the first has its own seed. */
function pictures(
	{ facts, place }: Production,
	prefix: string,
	type: OutputFile['type'],
): OutputEntry[] {
	const { prompt, seed, width, height, batch } = facts;
	return Array.from({ length: batch }, (_, index) => {
		const own = { prompt, seed: index === 0 ? seed : `${seed}+${index}` };
		const spec = { media: 'png' as const, width, height, ...own };
		return { file: { ...place(prefix, '_.png'), type, hosted: true, spec } };
	});
}

function sample(
	production: Production,
	ending: string,
	media: SampleFormat,
	prefix = prefixOf(production),
): OutputFile {
	return { ...production.place(prefix, ending), type: 'output', hosted: true, spec: { media } };
}

const animation = (production: Production, ending: string, media: SampleFormat): Channels => ({
	images: [{ file: sample(production, ending, media) }],
	animated: [{ value: true }],
});

/** Text from a link, or from the input itself. */
function shownText({ node, graph, facts }: Production): string {
	const value = node.inputs['source'];
	if (!isLink(value)) return String(value);
	const source = graph[value[0]];
	if (source?.class_type === 'PrimitiveStringMultiline') return String(source.inputs['value']);
	return `${source?.class_type ?? 'nothing'} (seed ${facts.seed})`;
}

/** Everything that determines an output, collected from the nodes before it. */
interface Facts {
	prompt: string;
	seed: string;
	width: number;
	height: number;
	batch: number;
}

const TEXT_INPUTS = ['text', 't5xxl', 'clip_l', 'prompt', 'value'];
const SEED_INPUTS = ['seed', 'noise_seed'];

function gatherFacts(graph: Graph, id: string): Facts {
	const nodes = upstream(graph, id).map(([, node]) => node);
	const number = (...names: string[]): number | undefined => {
		const value = firstValue(nodes, names);
		return value === undefined ? undefined : Number(value);
	};
	return {
		prompt: digest(
			String(firstValue(nodes, TEXT_INPUTS, (value) => typeof value === 'string') ?? ''),
		),
		seed: String(firstValue(nodes, SEED_INPUTS) ?? '0'),
		width: evenSize(number('width', 'model.width') ?? 1024),
		height: evenSize(number('height', 'model.height') ?? 1024),
		batch: number('batch_size', 'model.max_images') ?? 1,
	};
}

function firstValue(
	nodes: readonly GraphNode[],
	names: readonly string[],
	fits = (_value: unknown): boolean => true,
): unknown {
	for (const { inputs } of nodes) {
		for (const name of names) {
			const value = inputs[name];
			if (value !== undefined && value !== '' && !isLink(value) && fits(value)) return value;
		}
	}
	return undefined;
}

/** Latent sizes are multiples of eight pixels. */
const evenSize = (pixels: number): number => Math.max(16, Math.floor(pixels / 8) * 8);
