// The inspector of a process, opened once it is asked for, and what the process keeps in memory.
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'undici';

/** For NODE_OPTIONS: any free port, opened by SIGUSR1 only. */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

/** @typedef {(method: string, params?: object) => Promise<any>} Ask */

/**
 * @template T
 * @param {{pid?: number | undefined, lines(): readonly string[]}} service started with `INSPECTABLE`
 * @param {(ask: Ask) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inspect(service, work) {
	const socket = new WebSocket(await addressOf(service));
	await opened(socket);
	let id = 0;
	/** @type {Ask} */
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
	try {
		return await work(ask);
	} finally {
		socket.close();
	}
}

/**
 * Once its garbage is gone.
 * @param {Parameters<typeof inspect>[0]} service
 * @returns {Promise<number>} MB
 */
export async function keptMb(service) {
	return inspect(service, async (ask) => {
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
	});
}

async function addressOf(service) {
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

const opened = (socket) =>
	new Promise((resolve, reject) => {
		socket.addEventListener('open', resolve, { once: true });
		socket.addEventListener('error', () => reject(new Error('The inspector refused')), {
			once: true,
		});
	});
