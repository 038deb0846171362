// What Node-RED logs.
import { EventEmitter } from 'node:events';
import { afterAll, beforeAll } from '@jest/globals';
import { requireFromRoot } from './dist.mts';

/** A line of Node-RED's log. */
export interface Line {
	level: number;
	text: string;
}

interface Log {
	addHandler(handler: EventEmitter): void;
	removeHandler(handler: EventEmitter): void;
}

/** Collects the lines that Node-RED logs during the tests of this file. */
export function useLog(): Line[] {
	const { log } = requireFromRoot('@node-red/util') as { log: Log };
	const lines: Line[] = [];
	const handler = new EventEmitter();
	handler.on('log', ({ level, msg }: { level: number; msg: unknown }) => {
		lines.push({ level, text: String(msg) });
	});
	beforeAll(() => log.addHandler(handler));
	afterAll(() => log.removeHandler(handler));
	return lines;
}
