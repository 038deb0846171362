// What a process keeps in memory once its garbage is gone, as its inspector tells.
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'undici';

/** For NODE_OPTIONS: any free port, opened by SIGUSR1 only. */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

/**
 * @param {import('../../../scripts/hosts/group.mjs').Service} service started with `INSPECTABLE`
 * @returns {Promise<number>} MB
 */
export async function keptMb(service) {
	const socket = new WebSocket(await inspectorOf(service));
	await once(socket, 'open');
	try {
		let id = 0;
		const ask = (method, params = {}) => {
			id += 1;
			const own = id;
			socket.send(JSON.stringify({ id: own, method, params }));
			return new Promise((resolve) => {
				const listener = ({ data }) => {
					const answer = JSON.parse(String(data));
					if (answer.id !== own) return;
					socket.removeEventListener('message', listener);
					resolve(answer.result);
				};
				socket.addEventListener('message', listener);
			});
		};
		for (let round = 0; round < 3; round += 1) {
			await ask('HeapProfiler.collectGarbage');
			await pause(200);
		}
		const {
			usedSize,
			embedderHeapUsedSize = 0,
			backingStorageSize = 0,
		} = await ask('Runtime.getHeapUsage');
		return Math.round((usedSize + embedderHeapUsedSize + backingStorageSize) / 2 ** 20);
	} finally {
		socket.close();
	}
}

async function inspectorOf(service) {
	const find = () => {
		const said = service.lines().join('\n');
		return said.match(/ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/g)?.at(-1);
	};
	if (!find()) process.kill(service.pid, 'SIGUSR1');
	for (let tries = 0; tries < 50; tries += 1) {
		const found = find();
		if (found) return found;
		await pause(100);
	}
	throw new Error('The inspector of the process does not answer');
}

const once = (socket, event) =>
	new Promise((resolve, reject) => {
		socket.addEventListener(event, resolve, { once: true });
		socket.addEventListener('error', () => reject(new Error('The inspector refused')), {
			once: true,
		});
	});
