import type {
	IAuthenticateRuleResponseCode,
	IAuthenticateRuleResponseSuccessBody,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { refuseCleartext } from '../core';

const WRONG_TOKEN =
	'RunComfy does not know this token: copy it again from your profile page, and check the Base URL';

const NO_ACCOUNT =
	'RunComfy refuses this account: copy the token again from your profile page, and check there that the account is active and has a balance';

const NO_BALANCE = 'The token is right, but the balance is used up: top it up on RunComfy';

const WRONG_PLACE =
	'RunComfy’s API is not at this address: check the Base URL. For your own ComfyUI, enter the address that runcomfy-simulator prints';

/** n8n accepts different types of rules in one list; only its TypeScript types do not. */
const RULES: Array<IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody> = [
	// Without these rules n8n only says "Unauthorized" or "Not Found". RunComfy's own codes arrive with status 200
	// only.
	{ type: 'responseCode', properties: { value: 400, message: NO_ACCOUNT } },
	{ type: 'responseCode', properties: { value: 401, message: WRONG_TOKEN } },
	{ type: 'responseCode', properties: { value: 402, message: NO_BALANCE } },
	{ type: 'responseCode', properties: { value: 403, message: WRONG_TOKEN } },
	{ type: 'responseCode', properties: { value: 404, message: WRONG_PLACE } },
	ofNumber(401001, WRONG_TOKEN),
	ofNumber(400004, NO_ACCOUNT),
	ofNumber(400002, NO_BALANCE),
	// A web page or another service may also answer with status 200.
	{
		type: 'responseSuccessBody',
		properties: {
			key: 'balance_usd',
			value: undefined,
			message: 'The server at this address is not RunComfy: check the Base URL',
		},
	},
];

function ofNumber(value: number, message: string): IAuthenticateRuleResponseSuccessBody {
	return { type: 'responseSuccessBody', properties: { key: 'error_code', value, message } };
}

export class RunComfyApi implements ICredentialType {
	name = 'runComfyApi';

	displayName = 'RunComfy API';

	icon: Icon = {
		light: 'file:../nodes/RunComfy/runcomfy.svg',
		dark: 'file:../nodes/RunComfy/runcomfy.dark.svg',
	};

	documentationUrl = 'https://docs.runcomfy.com/serverless/quickstart';

	properties: INodeProperties[] = [
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'On RunComfy: your profile page (avatar menu > API Token)',
		},
		{
			// n8n shows a field's description only on hover.
			displayName:
				'Copy your token from <a href="https://www.runcomfy.com/profile" target="_blank">your RunComfy profile page</a> (avatar menu > API Token). Everything below is optional.',
			name: 'profileNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Comfy.org API Key',
			name: 'comfyOrgApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'Only for workflows with partner nodes',
			description:
				'Only for workflows with partner nodes (Kling, Seedream, Gemini …), which run on their vendors’ servers and are paid with comfy.org credits. Create a key at platform.comfy.org.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.runcomfy.net',
			placeholder: 'e.g. http://127.0.0.1:4010',
			description:
				'URL of the RunComfy API. Change it only for a simulator or a proxy. Use https:// unless the server is on your own network.',
		},
		// If these two fields are missing, n8n adds them, and the HTTP Request node may then send the token to any
		// address.
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'options',
			default: 'domains',
			description:
				'Where n8n’s HTTP Request node may send the token. Has no effect on the RunComfy nodes.',
			options: [
				{ name: 'All', value: 'all' },
				{ name: 'None', value: 'none' },
				{ name: 'Specific Domains', value: 'domains' },
			],
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: 'api.runcomfy.net, model-api.runcomfy.net',
			placeholder: 'e.g. api.runcomfy.net, *.example.com',
			description: 'Separated by commas. An asterisk stands for any subdomain.',
			displayOptions: { show: { allowedHttpRequestDomains: ['domains'] } },
		},
	];

	// A function, not an expression: n8n evaluates no expressions once an execution is parked, while its requests are
	// still polled.
	async authenticate(
		{ apiToken, baseUrl }: ICredentialDataDecryptedObject,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		// n8n's credential test sends the token without running any other code of ours.
		refuseCleartext(String(baseUrl ?? '').trim());
		const authorization = `Bearer ${String(apiToken).trim()}`;
		return { ...options, headers: { ...options.headers, Authorization: authorization } };
	}

	// Reading the balance is free. RunComfy may reject a token with status 200.
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl?.trim() || "https://api.runcomfy.net"}}',
			url: '/prod/v2/balance',
			disableFollowRedirect: true,
		},
		rules: RULES as NonNullable<ICredentialTestRequest['rules']>,
	};
}
