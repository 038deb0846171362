// Node-RED is killed at every moment and restarted.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Simulator } from '../../../simulator/index.ts';
import {
	type Handed,
	type Kill,
	type Life,
	live,
	mostAtOnce,
	paidFor,
	startService,
	submitTo,
} from '../lives.mts';
import { chosen, effectLabels, type End, isChosen } from '../points.mts';
import { type Way, WAYS } from './points.mts';

/** Time limit for several lives on a busy machine. */
const LONGEST_MS = 400_000;

describe('Node-RED', () => {
	const ways = Object.entries(WAYS).filter(([, way]) => isChosen(way));
	describe.each(ways)('%s', (_name, { points, from, ...way }) => {
		const topics = topicsOf(way);

		it.concurrent(
			'has these moments, and no others',
			async () => {
				const { lives } = await tell(way);
				const effects = lives.at(-1)?.effects ?? [];
				const first = effects.findIndex(({ name }) => name === from);
				const listed = points.filter(({ torn }) => !torn);
				expect(effectLabels(effects.slice(first))).toEqual(effectLabels(listed));
			},
			LONGEST_MS,
		);

		it.concurrent.each(chosen(points))(
			'%s, killed %s (P63, P66)',
			async (_ends, _label, kill) => {
				const story = await tell(way, kill);
				expect(story.lives.at(-2)?.killed).toBe(kill.name);
				expect(kill.ends).toContainEqual(endOf(story, topics));
				// A request that nobody knows about does not count towards the limit.
				const unknown = Number(kill.ends.some((end) => end !== 'delivered'));
				const most = (way.config?.concurrency ?? Infinity) + unknown;
				expect(story.atOnce).toBeLessThanOrEqual(most);
			},
			LONGEST_MS,
		);
	});
});

/** The worst end of the messages, with the facts about those whose end is not allowed. */
function endOf({ lives, paid, awaited }: Story, topics: readonly string[]): End | object {
	const handed = lives.flatMap((life) => life.handed);
	const ends = topics.map((topic) => endOfOne(handed.filter((one) => one.topic === topic)));
	const delivered = new Set(handed.flatMap(({ code, requestId }) => (code ? [] : [requestId])));
	const unknown = paid.filter((id) => !delivered.has(id) && id !== awaited).length;
	const reported = ends.filter((end) => end?.startsWith('reported')).length;
	const fits = [...delivered].every((id) => paid.includes(String(id))) && unknown <= reported;
	const brief = { paid, lives: lives.map((life) => [life.handed, life.output]) };
	return (fits && worst(ends)) || brief;
}

/** Undefined if this end is not allowed. */
function endOfOne(handed: readonly Handed[]): End | undefined {
	const [first, second, third] = handed;
	if (!first) return 'gone';
	const again = second?.resumed && second.requestId === first.requestId;
	if (third || (second && !again)) return undefined;
	if (handed.every(isWhole)) return second ? 'delivered again' : 'delivered';
	if (handed.every(isReport)) return second ? 'reported again' : 'reported';
	return undefined;
}

function isWhole({ code, bytes = 1 }: Handed): boolean {
	return code === undefined && bytes > 0;
}

/** The error contains no id, because the id is not known. */
function isReport({ code, requestId }: Handed): boolean {
	return code === 'submit_unconfirmed' && requestId === undefined;
}

const WORST: readonly End[] = [
	'delivered',
	'delivered again',
	'reported',
	'reported again',
	'gone',
];

function worst(ends: ReadonlyArray<End | undefined>): End | undefined {
	if (ends.includes(undefined)) return undefined;
	return WORST.findLast((end) => ends.includes(end));
}

interface Story {
	/** Ids of the paid requests. */
	paid: string[];
	/** The id of a request that was submitted elsewhere, and that a message waits for. */
	awaited?: string | undefined;
	/** The number of requests that RunComfy ran at the same time. */
	atOnce: number;
	/** The last life but one is killed; the last one runs to its end. */
	lives: Life[];
}

const ON_TAB = { z: 'tab', x: 0, y: 0 };

/** Tells the messages apart. */
function topicsOf({ messages = 1 }: Way): string[] {
	return Array.from({ length: messages }, (_, index) => `message ${index}`);
}

/**
 * Starts lives until one ends by itself: first the way's own, then one that is killed at the given effect, then those
 * after it.
 */
async function tell(way: Way, kill?: Kill): Promise<Story> {
	const folder = mkdtempSync(join(tmpdir(), 'runcomfy-crash-'));
	const places = { userDir: join(folder, 'user'), files: join(folder, 'files') };
	mkdirSync(places.userDir);
	const service = await startService();
	const { before = [] } = way;
	const awaited = way.type === 'runcomfy-result' ? await submitTo(service) : undefined;
	const ofMessage = (topic: string) => ({ to: 'n', msg: { topic, requestId: awaited } });
	const messages = topicsOf(way).map(ofMessage);
	const lives: Life[] = [];
	const begin = async (next: Kill | undefined) => {
		const life = await live({
			program: 'node-red.cjs',
			folders: { 'the user directory': places.userDir, 'the folder of files': places.files },
			record: join(folder, `life-${lives.length}`),
			kill: next,
			life: {
				userDir: places.userDir,
				flow: flowOf(way, service, places.files),
				credentials: { cfg: { apiToken: service.token } },
				receive: lives.length === 0 ? messages : [],
			},
		});
		lives.push(life);
	};
	try {
		for (const earlier of before) await begin(earlier);
		await begin(kill);
		if (kill) await begin(undefined);
		return { paid: paidFor(service), awaited, atOnce: mostAtOnce(service), lives };
	} finally {
		await service.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function flowOf({ type, fields = {}, config = {} }: Way, service: Simulator, files: string) {
	return [
		{ id: 'tab', type: 'tab' },
		{ id: 'cfg', type: 'runcomfy-config', baseUrl: service.url, ...config },
		{
			id: 'n',
			type,
			...ON_TAB,
			config: 'cfg',
			wires: [['end']],
			deploymentId: service.deploymentIds.textToImage,
			deploymentIdType: 'str',
			directory: files,
			directoryType: 'str',
			...fields,
		},
		{ id: 'catch', type: 'catch', ...ON_TAB, scope: ['n'], wires: [['end']] },
		{ id: 'end', type: 'end', ...ON_TAB, wires: [] },
	];
}
