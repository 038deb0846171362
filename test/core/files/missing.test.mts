import { describe, expect, it } from '@jest/globals';
import { RunComfyError, warnOfMissingFile } from '../../../core/index';

describe('an output file that could not be fetched', () => {
	it('is told of with what to do', () => {
		const error = new RunComfyError('output_unavailable', 'It is gone', { hint: 'Run again.' });
		expect(warnOfMissingFile(error)).toBe('It is gone. Run again.');
		expect(warnOfMissingFile(new Error('odd'))).toMatch(/^odd\. Outputs are kept for 7 days\./);
	});

	it('is not told of to whoever has stopped', () => {
		expect(() => warnOfMissingFile(new RunComfyError('aborted', 'x'))).toThrow(
			expect.objectContaining({ code: 'aborted' }),
		);
	});
});
