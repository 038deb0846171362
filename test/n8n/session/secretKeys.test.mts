// What the nodes remember is found by a digest of the token: keys of maps turn up in heap dumps and debuggers.
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import type * as RuntimeModule from '../../../nodes/RunComfy/runtime.ts';
import { submit } from '../support/failing.mts';
import { itemsOf, runNode, TOKEN, useRig } from '../support/rig.mts';

const { runtime } = createRequire(import.meta.url)(
	'../../../dist/nodes/RunComfy/runtime.js',
) as typeof RuntimeModule;

const rig = useRig({ fast: true });

it('No key of what is remembered holds the token', async () => {
	itemsOf(await runNode(rig, submit(rig)));
	const keys = [...runtime.workflows.keys(), ...runtime.outsides.keys()];
	expect(keys).not.toEqual([]);
	expect(keys.filter((key) => key.includes(TOKEN))).toEqual([]);
});
