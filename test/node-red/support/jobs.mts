// The sidebar's list of runs, as an editor asks the runtime for it.
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { JobList } from '../../../node-red/contract/jobs.cts';
import { dist } from './dist.mts';
import { useFlows } from './setup.mts';

const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.cjs',
);

/** For a test file: its flows, in a runtime with the sidebar. */
export function useFlowsWithJobs(): ReturnType<typeof useFlows> {
	const start = useFlows();
	return (type, fields, options) => start(type, fields, { ...options, sets: [registerPlugin] });
}

export async function list(): Promise<JobList> {
	return (await helper.request().get('/runcomfy/jobs')).body as JobList;
}

/** What goes on, in order of arrival, and then what has ended, the latest first. */
export async function jobs(): Promise<JobList['jobs']> {
	return (await list()).jobs;
}

export async function endedJobs(): Promise<JobList['jobs']> {
	return (await jobs()).filter(({ state }) => state === 'ended');
}
