// Types for the parts of the test helper that the tests use; it ships none.
declare module 'node-red-node-test-helper' {
	import type { Node, NodeAPI } from 'node-red';

	interface Helper {
		init(runtimePath: string): void;
		settings(settings: Record<string, unknown>): void;
		startServer(): Promise<void>;
		stopServer(): Promise<void>;
		load(
			nodes: Array<(RED: NodeAPI) => void>,
			flow: object[],
			credentials: Record<string, Record<string, string>>,
		): Promise<void>;
		unload(): Promise<void>;
		getNode(id: string): Node | null;
		/** SuperTest on the admin app of the last load. */
		request(): Record<'get' | 'post', (path: string) => Test>;
	}
	interface Answer {
		status: number;
		headers: Record<string, string>;
		text: string;
		body: unknown;
	}
	interface Test extends PromiseLike<Answer> {
		send(body: object | string): Test;
		type(type: string): Test;
		query(values: object): Test;
	}
	const helper: Helper;
	export default helper;
}
