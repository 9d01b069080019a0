import { answerEmpty } from '../answers';
import { DavError } from '../errors';
import type { Exchange, Pages } from '../exchange';
import { queryOf } from '../request/query';
import type { UrlPaths } from '../request/url-paths';
import type { FullSpot } from '../tree/served-tree';
import { isTemporary } from '../tree/temporary-names';
import { answerArchive } from '../zip/answer';
import { type Assets, readAssets } from './assets';
import { answerListing } from './listing';
import { answerPage } from './page';

/** Whether a browser asks: programs that list folders ask for no HTML. */
const WANTS_HTML = /(?:^|,)[ \t]*text\/html[ \t]*(?:[;,]|$)/i;

/** The page that shows a folder in a browser, what it fetches, and what everything else gets for a folder. */
export class BrowserPages implements Pages {
  readonly #urls: UrlPaths;
  #assets: Assets | null = null;

  constructor(urls: UrlPaths) {
    this.#urls = urls;
  }

  readonly folder = (exchange: Exchange, spot: FullSpot): Promise<void> | void => {
    const { headers, url } = exchange.request;
    const query = queryOf(url);
    if (query === 'listing') return answerListing(exchange, spot);
    if (query === 'zip') return answerArchive(exchange, spot);
    if (!WANTS_HTML.test(headers.accept ?? '')) return plainFolder(exchange);
    return answerPage(exchange, this.#urls.hrefOf(this.#read().folder, true));
  };

  readonly asset = ({ path, request, response }: Exchange): boolean => {
    if (!isTemporary(path)) return false;
    const { folder, byName } = this.#read();
    const asset = path.startsWith(`${folder}/`) ? byName.get(path.slice(folder.length + 1)) : undefined;
    if (asset === undefined) throw new DavError(404, 'there is no such file or folder');
    response.writeHead(200, {
      'cache-control': 'private, max-age=31536000, immutable',
      'content-length': asset.body.length,
      'content-type': asset.type,
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : asset.body);
    return true;
  };

  #read(): Assets {
    this.#assets ??= readAssets();
    return this.#assets;
  }
}

/** What a client other than a browser is answered. */
function plainFolder({ request, response }: Exchange): void {
  if (request.method === 'HEAD') answerEmpty(response, 200);
  else {
    const body = 'This is a folder. Open it with a WebDAV client.\n';
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
    response.end(body);
  }
}
