import { createRequire } from 'node:module';
import { jest } from '@jest/globals';

interface Log {
	info(message: string, facts?: object): void;
	warn(message: string, facts?: object): void;
}

/** What n8n logs. */
export function spyOnLog() {
	const core = createRequire(createRequire(import.meta.url).resolve('n8n-core'));
	const { Logger } = core('@n8n/backend-common') as { Logger: new () => Log };
	const { Container } = core('@n8n/di') as { Container: { get(token: unknown): Log } };
	const logger = Container.get(Logger);
	return { info: jest.spyOn(logger, 'info'), warn: jest.spyOn(logger, 'warn') };
}
