#!/usr/bin/env node
import './node-version.cjs';
import { parseArgs } from 'node:util';
import { printFaults, readComfyui, readFault, UsageError } from './cli-options.cjs';
import { PLAIN_PICTURE } from './comfyui/workflows.cjs';
import { PRESET_DEPLOYMENTS } from './deployments/store.cjs';
import type { Simulator, SimulatorOptions } from './index.cjs';
import { createSimulator } from './index.cjs';
import { MODEL_IDS } from './models/catalog.cjs';
import { isLoopback } from './requests.cjs';

const HELP = `Usage: runcomfy-simulator [options]

A local RunComfy Serverless API: no GPU, no account.

  --port <n>           port to listen on (4010; 0 = any free one)
  --host <address>     address to listen on (127.0.0.1)
  --public-url <url>   origin of the URLs in answers (the listening address)
  --storage-port <n>   port for output files alone (none: that of the API)
  --public-storage-url <url>  origin of the URLs of files (the listening address)
  --token <text>       token every call must carry (simulator-token)
  --latency <ms>       how long a run takes (1000)
  --cold-start <ms>    time in queue while an instance boots (0)
  --queue <ms>         least time in queue (0)
  --instances <n>      runs at the same time per deployment (10)
  --output-bytes <n>   pads PNG outputs to this size
  --balance <usd>      the account's balance (25), which the runs of hosted models use up
  --comfyui <url>      runs everything on your own ComfyUI, such as http://127.0.0.1:8188
  --workflow <file>    with --comfyui: a deployment that runs this workflow (API format), may be
                       repeated; id=file gives it the id of a deployment on RunComfy
  --webhook-retry-for <ms>  how long to retry a webhook that fails (86400000)
  --fault <fault>      name[@route][:times][?parameter=value&…], may be repeated; times may be
                       "always", as in cancel_slow:always?ms=9000. Every fault takes after=<n>
                       (matches let through first), deployment_id=<id or name> and model_id=<id>
  --faults             lists the faults with their parameters and exits
  --help               shows this text and exits
`;

/** Days of use must not fill the memory. */
const KEPT = { keepRequests: 100, keepJobs: 1000 };

const OPTIONS = {
	port: { type: 'string', default: '4010' },
	host: { type: 'string' },
	'public-url': { type: 'string' },
	'storage-port': { type: 'string' },
	'public-storage-url': { type: 'string' },
	token: { type: 'string' },
	latency: { type: 'string' },
	'cold-start': { type: 'string' },
	queue: { type: 'string' },
	instances: { type: 'string' },
	'output-bytes': { type: 'string' },
	balance: { type: 'string' },
	comfyui: { type: 'string' },
	workflow: { type: 'string', multiple: true, default: [] as string[] },
	'webhook-retry-for': { type: 'string' },
	fault: { type: 'string', multiple: true, default: [] as string[] },
	faults: { type: 'boolean', default: false },
	help: { type: 'boolean', short: 'h', default: false },
} as const;

function readOptions(argv: string[]): SimulatorOptions | 'help' | 'faults' {
	const { values } = parseCommandLine(argv);
	if (values.help) return 'help';
	if (values.faults) return 'faults';
	const whole = (name: keyof typeof values, min: number, max: number): number | undefined => {
		const text = values[name];
		if (text === undefined) return undefined;
		const value = Number(text);
		if (typeof text === 'string' && /^\d+$/.test(text) && value >= min && value <= max) {
			return value;
		}
		throw new UsageError(`--${name} ${String(text)}: must be a whole number, ${min} to ${max}.`);
	};
	const origin = (name: 'public-url' | 'public-storage-url' | 'comfyui'): string | undefined => {
		const url = values[name];
		if (url === undefined || /^https?:\/\/[^/]+\/?$/.test(url)) return url;
		throw new UsageError(`--${name} ${url}: must be an origin such as http://host:4010.`);
	};
	const DAY = 86_400_000;
	return defined({
		port: whole('port', 0, 65_535),
		host: values.host,
		publicUrl: origin('public-url'),
		storagePort: whole('storage-port', 0, 65_535),
		publicStorageUrl: origin('public-storage-url'),
		token: values.token,
		latencyMs: whole('latency', 0, DAY),
		coldStartMs: whole('cold-start', 0, DAY),
		queueMs: whole('queue', 0, DAY),
		maxInstances: whole('instances', 1, 10_000),
		outputBytes: whole('output-bytes', 0, Number.MAX_SAFE_INTEGER),
		balanceUsd: whole('balance', 0, 1_000_000),
		webhookRetryForMs: whole('webhook-retry-for', 0, DAY),
		faults: values.fault.map(readFault),
		comfyui: readComfyui(origin('comfyui'), values),
	});
}

function parseCommandLine(argv: string[]) {
	try {
		return parseArgs({ args: argv, options: OPTIONS });
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
	return Object.fromEntries(
		Object.entries(values).filter(([, value]) => value !== undefined),
	) as Defined<T>;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function printStart(simulator: Simulator, { host = 'localhost', comfyui }: SimulatorOptions): void {
	print(
		`RunComfy simulator on ${simulator.url} (open it in a browser: requests, faults, deployments)`,
	);
	if (simulator.storageUrl !== simulator.url) print(`files on ${simulator.storageUrl}`);
	if (comfyui) print(`runs on ComfyUI at ${comfyui.url}`);
	print(`token ${simulator.token}`);
	if (!isLoopback(host)) {
		const harm = comfyui
			? 'have it call any address and run anything on your ComfyUI'
			: 'have it call any address';
		print('Warning: the page is open to the network. Whoever reaches this machine can use it');
		print(`without a token, and ${harm}.`);
	}
	print('deployments');
	const deployments = comfyui ? (comfyui.workflows ?? [PLAIN_PICTURE]) : PRESET_DEPLOYMENTS;
	for (const { name, id } of deployments) print(`  ${name.padEnd(20)} ${id}`);
	if (!comfyui) print('hosted models');
	for (const id of comfyui ? [] : Object.values(MODEL_IDS)) print(`  ${id}`);
	print('Ctrl-C ends it.');
}

function takenPort(error: unknown, { storagePort }: SimulatorOptions): UsageError | undefined {
	const { code, port } = error as NodeJS.ErrnoException & { port?: number };
	if (code !== 'EADDRINUSE' || port === undefined) return undefined;
	const option = port === storagePort ? '--storage-port' : '--port';
	// Below 1024, a port needs special rights.
	const another = port >= 1024 && port < 65_535 ? port + 1 : 4011;
	// npm keeps options for itself, unless they stand behind two dashes.
	const npm = process.env['npm_lifecycle_event'] === 'simulator' ? 'npm run simulator -- ' : '';
	return new UsageError(`Port ${port} is in use. Choose another one: ${npm}${option} ${another}`);
}

async function main(): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	if (options === 'help') return void process.stdout.write(HELP);
	if (options === 'faults') return printFaults(print);
	const log = (line: string): void => print(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
	const simulator = await createSimulator({ ...options, ...KEPT, log }).catch((error: unknown) => {
		throw takenPort(error, options) ?? error;
	});
	printStart(simulator, options);
	const stop = (): void => void simulator.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

// The reader of a pipe may leave early, as `head` does.
process.stdout.on('error', () => process.exit());

main().catch((error: unknown) => {
	const text = error instanceof Error ? error.message : String(error);
	const usage = error instanceof UsageError;
	process.stderr.write(`runcomfy-simulator: ${text}\n${usage ? 'Try --help.\n' : ''}`);
	process.exitCode = usage ? 2 : 1;
});
