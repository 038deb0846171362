/** Side of a thumbnail in pixels: twice its size on the page, for high-density displays. */
const SIDE = 104;

type Show = (picture: HTMLCanvasElement) => void;

/** Loads pictures one at a time and keeps only small copies, because results have several megapixels. */
export function createThumbnails(picture: (job: string) => Promise<Blob>) {
	const wanted = new Map<Element, { job: string; show: Show }>();
	const queue = new Set<Element>();
	let busy = false;

	const work = async () => {
		if (busy) return;
		busy = true;
		for (const element of queue) {
			queue.delete(element);
			const want = wanted.get(element);
			if (!want) continue;
			wanted.delete(element);
			observer.unobserve(element);
			// Without a picture, the row keeps its icon.
			const small = await picture(want.job)
				.then(shrink)
				.catch(() => undefined);
			if (small && element.isConnected) want.show(small);
		}
		busy = false;
	};

	const observer = new IntersectionObserver((entries) => {
		for (const { target, isIntersecting } of entries) {
			if (!isIntersecting) queue.delete(target);
			else if (wanted.has(target)) queue.add(target);
		}
		void work();
	});

	return {
		/** Loads the job's picture once the element scrolls into view, and passes it to `show`. */
		want(element: Element, job: string, show: Show) {
			wanted.set(element, { job, show });
			observer.observe(element);
		},
		forget(element: Element) {
			wanted.delete(element);
			queue.delete(element);
			observer.unobserve(element);
		},
	};
}

/** Crops the middle of a picture to a small square. */
async function shrink(blob: Blob): Promise<HTMLCanvasElement> {
	const picture = await createImageBitmap(blob);
	const canvas = document.createElement('canvas');
	canvas.width = SIDE;
	canvas.height = SIDE;
	const side = Math.min(picture.width, picture.height);
	const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
	const context = canvas.getContext('2d');
	if (context) {
		context.imageSmoothingQuality = 'high';
		context.drawImage(picture, x, y, side, side, 0, 0, SIDE, SIDE);
	}
	picture.close();
	return canvas;
}
