import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as Core from 'n8n-core';
import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodeProperties,
	INodePropertyOptions,
	INodeType,
} from 'n8n-workflow';
import { countOf, root, useRig, workflowOf } from './support/rig.mts';

const require = createRequire(import.meta.url);
const rig = useRig();

const nodeType = (): INodeType =>
	rig.engine.internals.nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1) as INodeType;

const fields = (name: string): INodeProperties[] =>
	nodeType().description.properties.filter((property) => property.name === name);

describe('the node as n8n loads it', () => {
	it('has its codex, and an icon for each theme that is there', () => {
		const { codex, iconUrl } = nodeType().description;
		expect(codex?.categories).toContain('Development');
		expect(codex?.alias).toContain('ComfyUI');
		const { light, dark } = iconUrl as { light: string; dark: string };
		expect(light).not.toBe(dark);
		for (const url of [light, dark]) {
			expect(existsSync(join(root, url.replace('icons/n8n-nodes-runcomfy/', '')))).toBe(true);
		}
	});

	it('starts with Run and Wait', () => {
		expect(nodeType().description.properties[0]?.default).toBe('request');
		expect(fields('operation')[0]?.default).toBe('runAndWait');
	});

	it('lists what most people want first', () => {
		const valuesOf = ({ options = [] }: INodeProperties) =>
			(options as INodePropertyOptions[]).map(({ value }) => value);
		expect(fields('resource').map(valuesOf)).toEqual([['request', 'deployment', 'account']]);
		expect(fields('operation').map(valuesOf)).toEqual([
			['runAndWait', 'submit', 'getStatus', 'getResult', 'cancel'],
			['getMany', 'get', 'create', 'update', 'delete', 'callInstance'],
			['getBalance'],
		]);
		for (const { options = [], default: chosen } of fields('operation')) {
			expect((options as INodePropertyOptions[])[0]?.value).toBe(chosen);
		}
	});

	it('says of each operation what it does, as n8n writes it', () => {
		for (const { options = [] } of fields('operation')) {
			for (const { action, description } of options as INodePropertyOptions[]) {
				expect(action).toMatch(/^[A-Z]/);
				expect(action).not.toMatch(/\b(a|an|the)\b/i);
				expect(description?.length).toBeGreaterThan(20);
			}
		}
	});

	it('is found by what people make with it', () => {
		const { alias = [] } = nodeType().description.codex ?? {};
		const lower = alias.map((name) => name.toLowerCase());
		expect(lower).toEqual(
			expect.arrayContaining([
				'image',
				'video',
				'audio',
				'generate',
				'flux',
				'stable diffusion',
				'upscale',
			]),
		);
		expect(new Set(lower).size).toBe(lower.length);
	});

	it.each([
		['request', 'runAndWait', 'run and wait: request'],
		['deployment', 'getMany', 'get many: deployment'],
		['account', 'getBalance', 'get balance: account'],
	])('says below it in words what it does: %s, %s', (resource, operation, shown) => {
		const { workflow: toWorkflow } = rig.engine.internals;
		const workflow = toWorkflow(workflowOf({ parameters: { resource, operation } }));
		const { subtitle = '' } = nodeType().description;
		expect(
			workflow.expression.getSimpleParameterValue(
				workflow.getNode('Step 1')!,
				subtitle,
				'manual',
				{},
			),
		).toBe(shown);
	});

	it('shows each option under one name only, whatever the operation', () => {
		const names = new Map<string, string>();
		for (const { options = [] } of fields('options')) {
			const shown = (options as INodeProperties[]).map(({ displayName }) => displayName);
			expect(shown).toEqual([...shown].sort((a, b) => a.localeCompare(b)));
			for (const { name, displayName } of options as INodeProperties[]) {
				expect(names.get(name) ?? displayName).toBe(displayName);
				names.set(name, displayName);
			}
		}
		expect([...names.keys()].sort()).toEqual([
			'cancelOnFailure',
			'cancelOnStop',
			'cancelOnTimeout',
			'checkInputs',
			'concurrency',
			'downloadFiles',
			'downloadTimeout',
			'extraData',
			'includePayload',
			'includeReadme',
			'includeTemp',
			'maxFileSize',
			'maxInputFileSize',
			'outputItems',
			'outputNodes',
			'retryFailedRuns',
			'timeout',
			'waitMode',
			'webhook',
			'webhookIntermediateStatus',
		]);
	});
});

describe('the list of deployments', () => {
	async function search(filter?: string): Promise<INodeListSearchResult['results']> {
		const { LoadOptionsContext } = require('n8n-core') as typeof Core;
		const { workflow: toWorkflow, additionalData } = rig.engine.internals;
		const json = workflowOf({ parameters: { operation: 'submit' } });
		const workflow = toWorkflow(json);
		const context = new LoadOptionsContext(
			workflow,
			workflow.getNode('Step 1')!,
			additionalData(json),
			'parameters.deploymentId',
		);
		const method = nodeType().methods?.listSearch?.['searchDeployments'];
		return (await method!.call(context as unknown as ILoadOptionsFunctions, filter)).results;
	}

	it('holds all of the account, by name, those that are off marked', async () => {
		const results = await search();
		const names = results.map(({ name }) => name);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		const { textToImage, disabled, foreign } = rig.simulator.deploymentIds;
		const of = (id: string) => results.find(({ value }) => value === id);
		expect(of(textToImage)?.name).not.toContain('(disabled)');
		expect(of(disabled)?.name).toContain('(disabled)');
		expect(of(foreign)).toBeUndefined();
	});

	it('is searched by name and by id, whatever the case', async () => {
		const { video } = rig.simulator.deploymentIds;
		const [one] = await search(` ${video.slice(-4)} `);
		expect(one?.value).toBe(video);
		const found = await search(String(one?.name).slice(0, 5).toUpperCase());
		expect(found.map(({ value }) => value)).toContain(video);
		expect(await search('no such deployment')).toEqual([]);
	});

	it('does not keep who opens it waiting for a service that is away', async () => {
		rig.simulator.inject({ name: 'server_error', on: 'deployments.list', times: 10 });
		await expect(search()).rejects.toMatchObject({
			description: expect.stringContaining('Try again in a minute'),
		});
		expect(countOf(rig, 'deployments.list')).toBe(2);
	});

	it('says why it cannot be had', async () => {
		rig.credential['apiToken'] = 'wrong-token';
		await expect(search()).rejects.toMatchObject({
			message: expect.stringContaining('401001'),
			description: expect.stringContaining('Check the API token'),
		});
	});
});
