export const KB = 1024;
export const MB = 1024 * KB;

export function formatBytes(bytes: number): string {
	if (bytes < KB) return `${bytes} bytes`;
	if (bytes < MB) return `${Math.round(bytes / KB)} KB`;
	return `${(bytes / MB).toFixed(1)} MB`;
}
