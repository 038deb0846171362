import { account } from './account';
import { deployment } from './deployment';
import type { Resource } from './operation';
import { request } from './request';

/** A new resource is one folder and one entry here. */
export const RESOURCES: Record<string, Resource> = { request, deployment, account };
