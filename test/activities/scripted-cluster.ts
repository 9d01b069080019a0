import {
  type Answer,
  json,
  type ScriptedServer,
  type SeenRequest,
  startScriptedServer,
  status,
} from '../unit/kubernetes/scripted-server';

/** An object as the scripted API server stores it. */
export interface StoredObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    deletionTimestamp?: string;
  };
  readonly [key: string]: unknown;
}

/** As much of an API server as the lab activities use: objects by path, and answers out of turn. */
export interface ScriptedCluster {
  readonly server: ScriptedServer;
  /** By path, such as `/api/v1/namespaces/lab-rachel/pods/rachel-nb`. */
  readonly objects: Map<string, StoredObject>;
  /** Answers the next requests of a method whose path ends so, in turn, instead of acting on objects. */
  answer(method: string, pathEnd: string, ...answers: Answer[]): void;
  close(): Promise<void>;
}

function expectedUid(body: string): string | undefined {
  if (body === '') return undefined;
  return (JSON.parse(body) as { preconditions?: { uid?: string } }).preconditions?.uid;
}

/** Starts a cluster that holds nothing. */
export async function startScriptedCluster(): Promise<ScriptedCluster> {
  const objects = new Map<string, StoredObject>();
  const outOfTurn: { method: string; pathEnd: string; answers: Answer[] }[] = [];
  let version = 0;

  /** The objects of a collection that have a label, as `name=value`. */
  function list(collection: string, selector: string): Answer {
    const [name = '', value] = selector.split('=', 2);
    const items = [...objects].flatMap(([path, object]) =>
      path.startsWith(`${collection}/`) && object.metadata.labels?.[name] === value ? [object] : [],
    );
    return json(200, { kind: 'List', metadata: {}, items });
  }

  function act({ method, path, query, body }: SeenRequest): Answer {
    if (method === 'POST') {
      const object = JSON.parse(body) as StoredObject;
      const objectPath = `${path}/${object.metadata.name}`;
      if (objects.has(objectPath)) return status(409, 'AlreadyExists');
      version += 1;
      const metadata = { ...object.metadata, uid: `uid-${version}`, resourceVersion: String(version) };
      objects.set(objectPath, { ...object, metadata });
      return json(201, { ...object, metadata });
    }
    if (query['labelSelector'] !== undefined) return list(path, query['labelSelector']);
    const object = objects.get(path);
    if (!object) return status(404, 'NotFound');
    if (method === 'DELETE') {
      const uid = expectedUid(body);
      if (uid !== undefined && uid !== object.metadata.uid) {
        const message = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`;
        return status(409, 'Conflict', { message });
      }
      // A namespace takes its time; anything else goes at once.
      if (object.kind === 'Namespace') object.metadata.deletionTimestamp = '2077-10-23T09:47:00Z';
      else objects.delete(path);
    }
    return json(200, object);
  }

  const server = await startScriptedServer(async (response, request) => {
    const turn = outOfTurn.find(
      ({ method, pathEnd, answers }) =>
        method === request.method && request.path.endsWith(pathEnd) && answers.length > 0,
    );
    await (turn?.answers.shift() ?? act(request))(response, request);
  });
  return {
    server,
    objects,
    answer: (method, pathEnd, ...answers) => void outOfTurn.push({ method, pathEnd, answers }),
    close: () => server.close(),
  };
}
