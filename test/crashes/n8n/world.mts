// An n8n that is killed, what it stores, and the service that it pays for.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../../simulator/index.cts';
import { byId, workflowOf } from '../../n8n/support/rig.mts';
import { type Kill, type Life, live } from '../support/life.mts';
import { paidFor, startService } from '../support/service.mts';

/** One way that an item takes through n8n. */
export interface Way {
	/** What RunComfy runs; a ComfyUI deployment by default. */
	kind?: 'model' | 'lora';
	waitMode: 'auto' | 'poll';
	/** Of the workflow. */
	settings?: object;
	/** Where earlier lives are killed before the one under test. */
	before?: Kill[];
}

export interface Story {
	/** The last life but one is killed; the last one runs to its end. */
	lives: Life[];
	/** Ids of the requests that had been paid for at the end of each life. */
	paid: string[][];
}

export async function tell(
	{ kind, waitMode, settings, before = [] }: Way,
	kill?: Kill,
): Promise<Story> {
	const root = mkdtempSync(join(tmpdir(), 'runcomfy-crash-'));
	const service = await startService();
	const folder = join(root, 'store');
	const binaryDir = join(root, 'binary');
	for (const one of [folder, binaryDir]) mkdirSync(one);
	const run = workflowOf({
		parameters: { operation: 'runAndWait', ...runOf(service, kind), options: { waitMode } },
	});
	const place = { typeVersion: 1, position: [400, 0], parameters: {} };
	const nodes = [...run.nodes, { id: 'end', name: 'End', type: 'test.end', ...place }];
	const behind = { main: [[{ node: 'End', type: 'main', index: 0 }]] };
	const workflow = {
		...run,
		nodes,
		connections: { ...run.connections, 'Step 1': behind },
		settings: { ...run.settings, ...settings },
	};
	const credential = {
		apiToken: service.token,
		baseUrl: service.url,
		apiVersion: 'v1',
		allowPrivateAddresses: true,
	};
	const lives: Life[] = [];
	const paid: string[][] = [];
	const begin = async (next: Kill | undefined) => {
		const life = await live({
			program: 'n8n.mjs',
			folders: { 'the folder of binary data': binaryDir },
			record: join(root, `life-${lives.length}`),
			kill: next,
			life: { folder, binaryDir, workflow, inputs: [{}], credential },
			env: {
				N8N_LOG_LEVEL: 'info',
				N8N_LOG_OUTPUT: 'console',
				N8N_USER_FOLDER: root,
				N8N_ENCRYPTION_KEY: 'test',
			},
		});
		lives.push(life);
		paid.push(paidFor(service));
	};
	try {
		for (const earlier of before) await begin(earlier);
		await begin(kill);
		if (kill) await begin(undefined);
		return { lives, paid };
	} finally {
		await service.close();
		rmSync(root, { recursive: true, force: true });
	}
}

function runOf({ deploymentIds, modelIds }: Simulator, kind: Way['kind']) {
	const inputs = '{"prompt":"a paper boat"}';
	if (kind === 'model') {
		return { resource: 'model', modelId: byId(modelIds.textToImage), inputMode: 'json', inputs };
	}
	return kind === 'lora'
		? { deploymentId: byId(deploymentIds.lora), inputMode: 'direct', inputs }
		: { deploymentId: byId(deploymentIds.textToImage), overrides: '{}' };
}
