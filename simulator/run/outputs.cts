import { numbersFrom } from '../media/scene.cjs';
import type {
	Graph,
	GraphNode,
	OutputEntry,
	OutputFile,
	Outputs,
	SampleFormat,
} from '../types.cjs';
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

/** What each kind of output node shows in its `ui`, channel by channel. */
const PRODUCERS: Record<string, (production: Production) => Channels> = {
	SaveImage: (p) => ({ images: pictures(p, prefixOf(p), 'output') }),
	PreviewImage: (p) => ({ images: pictures(p, `ComfyUI_temp_${letters(p)}`, 'temp') }),
	SaveAnimatedPNG: (p) => animation(p, '_.png', 'apng'),
	SaveAnimatedWEBP: (p) => animation(p, '_.webp', 'webp'),
	SaveWEBM: (p) => animation(p, '_.webm', 'webm'),
	SaveVideo: (p) => animation(p, '_.mp4', 'mp4'),
	VHS_VideoCombine: (p) => {
		const type = p.node.inputs['save_output'] === false ? 'temp' : 'output';
		const frame_rate = Number(p.node.inputs['frame_rate'] ?? 8);
		const extra = { format: 'video/h264-mp4', frame_rate };
		return { gifs: [{ file: { ...sample(p, '.mp4', 'mp4'), type, extra } }] };
	},
	SaveAudio: (p) => ({ audio: [{ file: sample(p, '.flac', 'flac') }] }),
	SaveGLB: (p) => ({ '3d': [{ file: sample(p, '_.glb', 'glb') }] }),
	'ShowText|pysssss': (p) => ({ text: [{ value: shownText(p, 'text') }] }),
	PreviewAny: (p) => ({ text: [{ value: shownText(p, 'source') }] }),
	UploadToBucket: (p) => ({
		object_key: [{ value: `${String(p.node.inputs['bucket'])}/seed-${p.facts.seed}.png` }],
		public: [{ value: p.node.inputs['public'] === true }],
		files: [{ file: { ...sample(p, '_.png', 'apng', 'upload'), hosted: false } }],
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

/** One picture per batch item; each item after the first draws from a seed of its own. */
function pictures(
	{ facts, place }: Production,
	prefix: string,
	type: OutputFile['type'],
): OutputEntry[] {
	const { prompt, seed, width, height, batch, files } = facts;
	return Array.from({ length: batch }, (_, index) => {
		const own = { prompt, seed: index === 0 ? seed : `${seed}+${index}` };
		const spec = { media: 'png' as const, width, height, facts: files, ...own };
		return { file: { ...place(prefix, '_.png'), type, hosted: true, spec } };
	});
}

function sample(
	production: Production,
	ending: string,
	media: SampleFormat,
	prefix = prefixOf(production),
): OutputFile {
	const { prompt, seed } = production.facts;
	const place = production.place(prefix, ending);
	return { ...place, type: 'output', hosted: true, spec: { media, prompt, seed } };
}

const animation = (production: Production, ending: string, media: SampleFormat): Channels => ({
	images: [{ file: sample(production, ending, media) }],
	animated: [{ value: true }],
});

function letters({ id, facts }: Production): string {
	const next = numbersFrom(`${id}|${facts.seed}`);
	const letter = (): string => String.fromCharCode(97 + Math.floor(next() * 26));
	return Array.from({ length: 5 }, letter).join('');
}

/** Text that arrives over a link, or stands in the input itself. */
function shownText({ node, graph, facts }: Production, input: string): string {
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
