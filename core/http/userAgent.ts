/** Identifies the product to the API and the storage host, which turns away default user agents. */
export const USER_AGENT = 'n8n-nodes-runcomfy (+https://www.npmjs.com/package/n8n-nodes-runcomfy)';
