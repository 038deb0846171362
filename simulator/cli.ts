#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { Simulator } from '.';
import { createSimulator } from '.';
import { PLAIN_PICTURE, PRESET_DEPLOYMENTS, readWorkflow } from './deployments/store';
import type { Fault } from './fault-table';
import { MODEL_IDS } from './models/catalog';
import { isLoopback } from './requests';
import type { ComfyuiOptions, SimulatorOptions } from './types';

const HELP = `Usage: runcomfy-simulator [options]

A local RunComfy Serverless API: no GPU, no account.

  --port <n>           port to listen on (4010; 0 = any free one)
  --host <address>     address to listen on (127.0.0.1)
  --public-url <url>   origin of the URLs in answers (the listening address)
  --token <text>       token that calls must carry (runcomfy-simulator-token)
  --latency <ms>       how long a run takes (1000)
  --cold-start <ms>    time in queue while an instance boots (0)
  --queue <ms>         least time in queue (0)
  --instances <n>      runs at the same time per deployment (10)
  --output-bytes <n>   pads PNG outputs to this size
  --balance <usd>      the account's balance (25), which the runs of hosted models use up
  --comfyui <url>      runs everything on your own ComfyUI, such as http://127.0.0.1:8188
  --workflow <file>    with --comfyui: a deployment that runs this workflow, saved in ComfyUI with
                       Workflow > Export (API); may be repeated. <id>=<file> gives it the id of a
                       deployment on RunComfy
  --fault <fault>      its name, or JSON such as '{"name": "answer", "on": "submit", "status": 429}';
                       may be repeated; the README lists them
  --help               shows this text and exits
`;

/** Keeps memory bounded when the simulator runs for days. */
const KEPT = { keepRequests: 100, keepJobs: 1000 };

const OPTIONS = {
	port: { type: 'string', default: '4010' },
	host: { type: 'string' },
	'public-url': { type: 'string' },
	token: { type: 'string' },
	latency: { type: 'string' },
	'cold-start': { type: 'string' },
	queue: { type: 'string' },
	instances: { type: 'string' },
	'output-bytes': { type: 'string' },
	balance: { type: 'string' },
	comfyui: { type: 'string' },
	workflow: { type: 'string', multiple: true, default: [] as string[] },
	fault: { type: 'string', multiple: true, default: [] as string[] },
	help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Options of simulated runs; with `--comfyui`, a real ComfyUI decides these things. */
const MADE_UP = ['latency', 'cold-start', 'queue', 'instances', 'output-bytes'] as const;

const DAY = 86_400_000;

/** A mistake on the command line. */
class UsageError extends Error {}

function parseCommandLine(argv: string[]) {
	try {
		return parseArgs({ args: argv, options: OPTIONS }).values;
	} catch (error) {
		throw new UsageError(messageOf(error));
	}
}

type Values = ReturnType<typeof parseCommandLine>;

function readOptions(values: Values): SimulatorOptions {
	const whole = (name: keyof Values, min: number, max: number): number | undefined => {
		const text = values[name];
		if (text === undefined) return undefined;
		const value = Number(text);
		if (typeof text === 'string' && /^\d+$/.test(text) && value >= min && value <= max) {
			return value;
		}
		throw new UsageError(`--${name} ${String(text)}: must be a whole number, ${min} to ${max}.`);
	};
	const options = {
		port: whole('port', 0, 65_535),
		host: values.host,
		publicUrl: readOrigin(values, 'public-url'),
		token: values.token,
		latencyMs: whole('latency', 0, DAY),
		coldStartMs: whole('cold-start', 0, DAY),
		queueMs: whole('queue', 0, DAY),
		maxInstances: whole('instances', 1, 10_000),
		outputBytes: whole('output-bytes', 0, Number.MAX_SAFE_INTEGER),
		balanceUsd: whole('balance', 0, 1_000_000),
		faults: values.fault.map(readFault),
		comfyui: readComfyui(values),
	};
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as SimulatorOptions;
}

function readOrigin(values: Values, name: 'public-url' | 'comfyui'): string | undefined {
	const url = values[name];
	if (url === undefined || /^https?:\/\/[^/]+\/?$/.test(url)) return url?.replace(/\/$/, '');
	throw new UsageError(`--${name} ${url}: must be an origin such as http://host:4010.`);
}

/** Reads `--comfyui` and its workflows; undefined without that option. */
function readComfyui(values: Values): ComfyuiOptions | undefined {
	const url = readOrigin(values, 'comfyui');
	if (url === undefined) {
		if (values.workflow.length > 0) throw new UsageError('--workflow needs --comfyui.');
		return undefined;
	}
	const madeUp = MADE_UP.find((name) => values[name] !== undefined);
	if (madeUp) throw new UsageError(`--${madeUp} does not go with --comfyui: ComfyUI decides.`);
	const workflows = values.workflow.map((file) => {
		try {
			return readWorkflow(file);
		} catch (error) {
			throw new UsageError(`--workflow ${file}: ${messageOf(error)}.`);
		}
	});
	const ids = workflows.map(({ id }) => id);
	const twice = ids.find((id, index) => ids.indexOf(id) < index);
	if (twice) throw new UsageError(`--workflow: two have the id ${twice}. Use <id>=<file>.`);
	return { url, ...(workflows.length > 0 && { workflows }) };
}

/** Reads a fault: its name, or JSON with its parameters. */
function readFault(given: string): Fault {
	if (!given.startsWith('{')) return { name: given } as Fault;
	try {
		return JSON.parse(given) as Fault;
	} catch (error) {
		throw new UsageError(`--fault ${given}: it is not JSON (${messageOf(error)}).`);
	}
}

const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function printStart(simulator: Simulator, { host = 'localhost', comfyui }: SimulatorOptions): void {
	print(`RunComfy simulator on ${simulator.url} (open it in a browser to watch the requests)`);
	if (comfyui) print(`runs on ComfyUI at ${comfyui.url}`);
	print(`token ${simulator.token}`);
	if (!isLoopback(host)) {
		const more = comfyui ? ', and run anything on your ComfyUI' : '';
		print(
			'Warning: it is open to the network. Whoever reaches this machine can watch the requests',
		);
		print(`and, with the token, have it call any address${more}.`);
	}
	print('deployments');
	const deployments = comfyui ? (comfyui.workflows ?? [PLAIN_PICTURE]) : PRESET_DEPLOYMENTS;
	for (const { name, id } of deployments) print(`  ${name.padEnd(20)} ${id}`);
	if (!comfyui) print('hosted models');
	for (const id of comfyui ? [] : Object.values(MODEL_IDS)) print(`  ${id}`);
	print('Ctrl-C ends it.');
}

function takenPort(error: unknown): UsageError | undefined {
	const { code, port } = error as NodeJS.ErrnoException & { port?: number };
	if (code !== 'EADDRINUSE' || port === undefined) return undefined;
	// Ports below 1024 need special rights.
	const another = port >= 1024 && port < 65_535 ? port + 1 : 4011;
	// npm keeps options for itself unless they follow two dashes.
	const npm = process.env['npm_lifecycle_event'] === 'simulator' ? 'npm run simulator -- ' : '';
	return new UsageError(`Port ${port} is in use. Choose another one: ${npm}--port ${another}`);
}

async function main(): Promise<void> {
	const values = parseCommandLine(process.argv.slice(2));
	if (values.help) return void process.stdout.write(HELP);
	const options = readOptions(values);
	const log = (line: string): void => print(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
	const simulator = await createSimulator({ ...options, ...KEPT, log }).catch((error: unknown) => {
		if (error instanceof RangeError) throw new UsageError(error.message);
		throw takenPort(error) ?? error;
	});
	printStart(simulator, options);
	const stop = (): void => void simulator.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

// The reader of a pipe, such as `head`, may stop early.
process.stdout.on('error', () => process.exit());

main().catch((error: unknown) => {
	const usage = error instanceof UsageError;
	process.stderr.write(`runcomfy-simulator: ${messageOf(error)}\n${usage ? 'Try --help.\n' : ''}`);
	process.exitCode = usage ? 2 : 1;
});
