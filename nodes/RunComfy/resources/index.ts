import { account } from './account';
import { deployment } from './deployment';
import { request } from './request';
import type { Resource } from './resource';

/** A new resource is one folder and one entry here. */
export const RESOURCES: Record<string, Resource> = { request, deployment, account };
