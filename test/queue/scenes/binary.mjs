// A large file on its way from RunComfy into n8n's store of binary data.
import { createHash } from 'node:crypto';
import { requireHosts } from '../../../scripts/hosts/paths.mjs';
import { residentMb, sample, seconds } from '../lib/measure.mjs';
import { outcomeOf } from '../lib/outcome.mjs';

/** @param {import('../lib/world.mjs').World} world */
export async function largeFile(world, { bytes, runMs }) {
	const { simulator, instance, executions } = world;
	simulator.update({ latencyMs: runMs, outputBytes: bytes });
	const pids = [instance.main, ...instance.workers].map(({ pid }) => pid);
	const stop = sample(() => Math.max(...pids.map(residentMb)), 200);
	const mark = await world.submit();
	await world.settle([mark], runMs + 180_000);
	const residents = await stop();
	const outcome = await outcomeOf(world, [mark]);
	if (outcome.delivered === 0) return { ...outcome, same: false };
	const [{ id }] = (await executions.byMark()).get(mark);
	const { data } = await executions.find(id);
	const { resultData } = requireHosts('flatted').parse(data);
	const [{ json, binary }] = resultData.runData.Run.at(-1).data.main[0];
	const stored = await fetchDigest(
		`${instance.url}/rest/binary-data?${new URLSearchParams({ id: binary.data.id, action: 'download' })}`,
		{ cookie: instance.cookie() },
	);
	const made = await fetchDigest(json.files[0].url, { 'user-agent': 'test' });
	simulator.update({ outputBytes: 0 });
	return {
		...outcome,
		store: binary.data.id.split(':')[0],
		bytes: stored.bytes,
		same: stored.digest === made.digest,
		peakMb: Math.max(...residents),
		lagS: seconds(world.deliveredAt(mark) - world.jobsOf(mark)[0].finishedAt),
	};
}

async function fetchDigest(url, headers) {
	const answer = await fetch(url, { headers });
	if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const part of answer.body) {
		hash.update(part);
		bytes += part.length;
	}
	return { digest: hash.digest('hex'), bytes };
}
