import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import { type ActionType, type FlowOptions, startFlow, type TestFlow } from './flow.mts';

/** For a test file: one runtime for all its tests; every flow a test starts ends with the test. */
export function useFlows() {
	let open: TestFlow | undefined;
	beforeAll(() => helper.startServer());
	afterAll(() => helper.stopServer());
	afterEach(async () => {
		await open?.stop();
		open = undefined;
	});
	return async (
		type: ActionType,
		fields: Record<string, unknown> = {},
		options: FlowOptions = {},
	): Promise<TestFlow> => {
		open = await startFlow(type, fields, options);
		return open;
	};
}

/** Only the timers that bound a step: all else goes on as ever. */
export function holdTimers() {
	jest.useFakeTimers({
		doNotFake: [
			...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
			...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
		],
	});
}
