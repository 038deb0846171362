// Whole flows, as a user imports them, in the test helper's runtime with its virtual clock.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { Node, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { eventually } from '../../support/expect.mts';
import { root } from './dist.mts';
import { serveHttp } from './http.mts';
import { type FlowOptions, type TestFlow, useFlows, useUserDir } from './rig.mts';

export interface FlowNode extends Record<string, unknown> {
	id: string;
	type: string;
}

const CORE = [
	'common/20-inject.js',
	'common/90-comment.js',
	'function/10-function.js',
	'function/10-switch.js',
	'function/15-change.js',
	'function/89-delay.js',
	'network/21-httpin.js',
	'sequence/17-split.js',
];

export interface ImportedFlow extends TestFlow {
	/** Where Node-RED serves HTTP nodes. */
	readonly url: string;
	/** Presses the button of an Inject node: the first one, or the one with this name. Sends `msg` if given. */
	press(name?: string, msg?: Record<string, string>): void;
	/** Values received by the Debug nodes of this name, each from the property that it shows. */
	output(name: string): unknown[];
	/** Resolves once this many values have arrived. */
	outputs(name: string, count?: number): Promise<void>;
}

const valueAt = (msg: object, path: string) =>
	path
		.split('.')
		.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], msg);

interface ImportOptions extends Pick<FlowOptions, 'simulator'> {
	/** Types of nodes to replace with ones that record incoming messages. */
	sinks?: string[];
	/** Environment variables; they may contain the URL of HTTP nodes. */
	env?(url: string): Record<string, string>;
}

type Ids = TestFlow['simulator']['deploymentIds'];

/** The examples of the package, as a user imports them and fills them in. */
export function useExamples() {
	const start = useFlows();
	const dir = useUserDir();
	const env = { ...process.env };
	let close: (() => void) | undefined;
	afterEach(() => {
		close?.();
		process.env = { ...env };
	});

	async function open(
		name: string,
		fill: (node: FlowNode, ids: Ids) => object = () => ({}),
		{ sinks = ['debug'], env: envFor, ...options }: ImportOptions = {},
	): Promise<ImportedFlow> {
		const shown = new Map<string, unknown[]>();
		const listOf = (name: string) => shown.get(name) ?? shown.set(name, []).get(name)!;
		const server = await serveHttp(() => flow.httpNode());
		close = server.close;
		Object.assign(process.env, envFor?.(server.url));
		let nodes: FlowNode[] = [];
		const whole = ({ url: baseUrl, deploymentIds: ids }: TestFlow['simulator']) => {
			nodes = exampleOf(name).map((node) => ({
				...node,
				...(node.type === 'runcomfy-config' ? { baseUrl, credentials: undefined } : {}),
				...(node['deploymentIdType'] === 'str' ? { deploymentId: ids.textToImage } : {}),
				...(node['directory'] ? { directory: join(dir.userDir, 'images') } : {}),
				...(node.type === 'delay' ? { timeout: '1', timeoutUnits: 'milliseconds' } : {}),
				...fill(node, ids),
			}));
			return nodes.map((node) =>
				sinks.includes(node.type) ? { ...node, type: 'helper', sink: node.type } : node,
			);
		};
		const all = { core: CORE, flow: whole, ...options };
		const flow: TestFlow = await start('runcomfy-run', {}, all);
		const listen = () => {
			for (const { id, type, name, complete = 'payload' } of nodes) {
				if (!sinks.includes(type)) continue;
				(helper.getNode(id) as Node).on('input', (msg: NodeMessage, _send, done) => {
					listOf(String(name || type)).push(
						complete === 'true' ? msg : valueAt(msg, String(complete)),
					);
					done();
				});
			}
		};
		listen();
		const { restart } = flow;
		const isButton = (name?: string) => (node: FlowNode) =>
			node.type === 'inject' && (name === undefined || node['name'] === name);
		return Object.assign(flow, {
			url: server.url,
			press(name?: string, msg: object = {}) {
				const props = Object.entries(msg).map(([p, v]) => ({ p, v, vt: 'str' }));
				const button = String(nodes.find(isButton(name))?.id);
				flow.receive(props.length > 0 ? { __user_inject_props__: props } : {}, button);
			},
			async restart(...given: Parameters<typeof restart>) {
				await restart(...given);
				listen();
			},
			output: listOf,
			outputs: (name: string, count = 1) =>
				eventually(() => listOf(name).length).toBeGreaterThanOrEqual(count),
		});
	}

	return { userDir: () => dir.userDir, open };
}

/** @param name of the file, without the leading number */
export function exampleOf(name: string): FlowNode[] {
	const dir = join(root, 'examples');
	const file = readdirSync(dir).find((found) => found.replace(/^\d+-/, '') === `${name}.json`);
	return JSON.parse(readFileSync(join(dir, file ?? name), 'utf8')) as FlowNode[];
}
