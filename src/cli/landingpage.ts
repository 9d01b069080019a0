import { readEnvironment } from '../config/process-environment';
import { provideLandingPage } from '../init-containers/landing-page';

/** Copies the landing page. Never fails: a lab starts without it. */
export function landingpage(): void {
  provideLandingPage(readEnvironment(), (line) => console.log(line));
}
