import { expect } from '@jest/globals';
import { RunComfyError } from '../../../core/index';

/** Makes a single attempt, so nothing is repeated after a wait. */
export const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

export async function expectOwnErrorsOnly(call: () => unknown) {
	try {
		await call();
	} catch (error) {
		if (error instanceof RunComfyError) expect(error.message).not.toContain('[object Object]');
		else throw error;
	}
}

/** What the core needs of a host to embed media. */
export const MEDIA = {
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
};
