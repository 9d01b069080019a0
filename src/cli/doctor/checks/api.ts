import { z } from 'zod';
import { withoutTrailingSlashes } from '../../../domain/urls';
import { ANSWER_LIMITS, readBody } from '../../../http/fetch';
import { type Check, type Finding, failed, ok, skipped } from '../check';
import { reasonOf, withoutSecrets } from '../reason';

const readiness = z.object({ checks: z.record(z.string(), z.string()) });

/** Judges the answer of the API to the question whether it is ready. */
export function judgeReadiness(status: number, body: unknown, where: string): Finding {
  const checks = readiness.safeParse(body).data?.checks ?? null;
  if (status === 200 && checks !== null) return ok(where);
  const bad = Object.entries(checks ?? {}).filter(([, outcome]) => outcome !== 'ok');
  if (status === 503 && bad.length > 0) {
    return failed(
      `${where} is not ready: ${bad.map(([name]) => name).join(', ')}`,
      'See the other checks; the log of the API has the reasons.',
    );
  }
  return failed(
    `${where} answers with status ${status}, not as the controller does`,
    'Give the URL of the controller’s Service, without path.',
  );
}

/** The API answers at its Service. */
export const api: Check = {
  name: 'api',
  parts: ['api', 'all'],
  asksController: true,
  remedy:
    'Start `nublado api`, or correct the URL; where its pods run, look at their readiness (`kubectl describe pod`) and log.',
  async ask({ apiUrl, remainingMs }) {
    if (apiUrl === null) return skipped('asked with --api-url only');
    const where = withoutSecrets(apiUrl);
    let response: Response;
    try {
      response = await fetch(`${withoutTrailingSlashes(apiUrl)}/readyz`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(remainingMs()),
      });
    } catch (error) {
      return failed(`${where}: ${reasonOf(error)}`, this.remedy);
    }
    const text = String(await readBody(response, ANSWER_LIMITS.hub));
    return judgeReadiness(response.status, documentIn(text), where);
  },
};

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
