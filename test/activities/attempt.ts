import { MockActivityEnvironment } from '@temporalio/testing';
import { activityInterceptor } from '../../src/activities/interceptor';
import { silence } from '../support/quiet-runtime';

/** An activity's surroundings as a worker gives them, with so much time for an attempt. */
export function activityEnvironment(startToCloseTimeoutMs = 15_000): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { startToCloseTimeoutMs },
    { interceptors: [activityInterceptor], logger: silence },
  );
}

/** Runs one attempt of an activity. */
export function attempt<T>(activity: () => Promise<T>): Promise<T> {
  return activityEnvironment().run(activity);
}
