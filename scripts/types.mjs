import { exec } from './process.mjs';
import { root } from './root.mjs';
import { step } from './steps.mjs';

/** Of the tests, the dialogs and the scripts; the build sees to the rest. What has not changed is not read again. */
const PROJECTS = ['tsconfig.test.json', 'tsconfig.editor.json', 'tsconfig.scripts.json'];

export const types = () =>
	step('types', () =>
		exec(process.execPath, ['node_modules/typescript/bin/tsc', '--build', ...PROJECTS], {
			cwd: root,
		}),
	);
