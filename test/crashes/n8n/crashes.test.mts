// n8n is killed at every moment and restarted; then the user retries crashed executions.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { byId, workflowOf } from '../../n8n/support/rig.mts';
import { type Kill, type Life, live, paidFor, startService } from '../lives.mts';
import { chosen, effectLabels, type End, isChosen } from '../points.mts';
import { type Way, WAYS } from './points.mts';

/** Time limit for several lives on a busy machine. */
const LONGEST_MS = 400_000;

describe('n8n', () => {
	const ways = Object.entries(WAYS).filter(([, way]) => isChosen(way));
	describe.each(ways)('%s', (_name, { points, ...way }) => {
		it.concurrent(
			'has these moments, and no others',
			async () => {
				const { lives } = await tell(way);
				expect(effectLabels(lives.at(-1)?.effects ?? [])).toEqual(effectLabels(points));
			},
			LONGEST_MS,
		);

		it.concurrent.each(chosen(points))(
			'%s, killed %s (P37, P38)',
			async (_ends, _label, kill) => {
				const story = await tell(way, kill);
				expect(story.lives.at(-2)?.killed).toBe(kill.name);
				expect(kill.ends).toContainEqual(endOf(story));
			},
			LONGEST_MS,
		);
	});
});

/** The facts about an item whose end is not allowed. */
function endOf({ lives, paid }: Story): End | object {
	const brief = { paid, lives: lives.map(({ handed, output }) => [handed, output]) };
	const handed = lives.flatMap((life) => life.handed);
	const output = lives.map((life) => life.output).join('\n');
	// The requests paid for before the last life, and the new ones of that life.
	const [before = [], now = []] = paid.slice(-2);
	const [only] = before;
	const whole = handed.length > 0 && handed.every(({ bytes = 0 }) => bytes > 0);
	if (!whole || before.length > 1 || now.length > 2) return brief;
	const isOf = (id: string | undefined) => handed.every(({ requestId }) => requestId === id);
	if (now.length === 1 && isOf(now[0])) {
		if (handed.length > 2) return brief;
		return handed.length === 1 ? 'delivered' : 'delivered again';
	}
	if (now.length !== 2 || handed.at(-1)?.requestId !== now[1] || only === undefined) return brief;
	return output.includes(only) ? 'in the log' : 'not known';
}

interface Story {
	/** The last life but one is killed; the last one runs to its end. */
	lives: Life[];
	/** Ids of the requests that had been paid for at the end of each life. */
	paid: string[][];
}

async function tell({ waitMode, settings, before = [] }: Way, kill?: Kill): Promise<Story> {
	const root = mkdtempSync(join(tmpdir(), 'runcomfy-crash-'));
	const service = await startService();
	const folder = join(root, 'store');
	const binaryDir = join(root, 'binary');
	for (const one of [folder, binaryDir]) mkdirSync(one);
	const run = workflowOf({
		parameters: {
			operation: 'runAndWait',
			deploymentId: byId(service.deploymentIds.textToImage),
			overrides: '{}',
			options: { waitMode },
		},
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
