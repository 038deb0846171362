// What tests of parsers with random data share.
import { expect } from '@jest/globals';
import { RunComfyError } from '../../../core/index';

export async function expectOwnErrorsOnly(call: () => unknown) {
	try {
		await call();
	} catch (error) {
		if (error instanceof RunComfyError) expect(error.message).not.toContain('[object Object]');
		else throw error;
	}
}

/** The parts of a host that embedding media needs. */
export const MEDIA = {
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
};
