/**
 * Every recorded history of a lab: its name, and the life that it holds, in the words of `lifeInWords`. Each status, reason
 * and outcome of a lab is in at least one of them.
 */
export const LAB_HISTORIES = {
  // A spawn that fails: by its pod …
  'failed-spawn': 'pending → failed PodFailed → terminating → removing → closed',
  'spawn-pod-failed': 'pending → failed PodFailed (failed, lab) → removing → closed',
  'spawn-pod-finished': 'pending → failed PodFinished (failed, lab) → open',
  'spawn-out-of-memory': 'pending → failed OutOfMemory (failed, lab) → open',
  'spawn-container-crashed': 'pending → failed ContainerCrashed (failed, lab) → open',
  'spawn-crash-loop': 'pending → pending obstacle → failed ContainerCrashed (failed, lab) → open',
  'spawn-init-container-failed': 'pending → failed InitContainerFailed (failed, lab) → open',
  'spawn-home-full': 'pending → failed HomeFull (failed, lab) → open',
  'spawn-invalid-image': 'pending → failed InvalidImage (failed, controller) → open',
  'spawn-image-pull-failed':
    'pending → pending obstacle → failed ImagePullFailed (failed, controller) → open',
  'spawn-container-config-error':
    'pending → pending obstacle → failed ContainerConfigError (failed, controller) → open',
  'spawn-unschedulable': 'pending → pending obstacle → failed Unschedulable (failed, cluster) → open',
  'spawn-pod-evicted': 'pending → failed PodEvicted (lost, cluster) → open',
  'spawn-node-lost': 'pending → failed NodeLost (lost, cluster) → open',
  'spawn-pod-vanished': 'pending → failed PodVanished (lost, cluster) → open',
  'spawn-timeout': 'pending → failed SpawnTimeout (failed, controller) → open',
  // … or by the creation of its objects.
  'spawn-quota-exceeded': 'pending → failed QuotaExceeded (failed, cluster) → open',
  'spawn-object-conflict': 'pending → failed ObjectConflict (failed, controller) → open',
  'spawn-kubernetes-forbidden': 'pending → failed KubernetesForbidden (failed, controller) → open',
  'spawn-kubernetes-invalid': 'pending → failed KubernetesInvalid (failed, controller) → open',
  'spawn-kubernetes-unavailable': 'pending → failed KubernetesUnavailable (failed, controller) → open',
  'spawn-configuration-error': 'pending → failed ConfigurationError (failed, controller) → open',
  'spawn-plan-refused': 'pending → failed PlanRefused (failed, controller) → open',
  'spawn-internal-error': 'pending → failed InternalError (failed, controller) → open',

  // A spawn whose objects are created in the first workflow task, or not.
  'first-task': 'pending → running → open',
  'first-task-failed': 'pending → running → open',
  'first-task-refused': 'pending → failed QuotaExceeded (failed, cluster) → open',
  'first-task-obstacle': 'pending → pending obstacle → running → open',

  // A spawn that is ended.
  'delete-during-spawn': 'pending → terminating → removing → closed',
  'delete-during-creation': 'pending → terminating (stopped, hub) → removing → closed',
  'force-during-spawn': 'pending → terminating (stopped, operator) → removing → closed',
  'cancellation-during-spawn': 'pending → terminating (stopped, operator) → removing → closed',
  'delete-before-first-task': 'pending → terminating (stopped, hub) → removing → closed',
  'force-before-first-task': 'pending → terminating (stopped, operator) → removing → closed',
  'cancellation-before-first-task': 'pending → terminating (stopped, operator) → removing → closed',

  // Obstacles.
  'creation-obstacle': 'pending → pending obstacle → running → open',
  'creation-obstacle-timeout': 'pending → pending obstacle → failed SpawnTimeout (failed, controller) → open',
  'creation-meets-namespace': 'pending → pending obstacle → running → open',
  'stuck-namespace':
    'pending → running → terminating (stopped, hub) → removing → removing obstacle → pending → failed NamespaceStuck (failed, controller) → open',
  'slow-namespace-timeout':
    'pending → running → terminating (stopped, hub) → removing → removing obstacle → pending → failed SpawnTimeout (failed, controller) → open',
  'stuck-namespace-of-deletion':
    'pending → running → terminating (stopped, hub) → removing → removing obstacle → removing NamespaceStuck → closed',
  'refused-namespace-deletion':
    'pending → running → terminating (stopped, hub) → removing → removing obstacle → closed',
  'lost-node':
    'pending → running → terminating (stopped, hub) → terminating obstacle → terminating obstacle → removing → closed',
  'lost-node-delete-timeout':
    'pending → running → terminating (stopped, hub) → terminating obstacle → failed DeleteTimeout → open',
  'finalizer-of-pod':
    'pending → running → terminating (stopped, hub) → terminating obstacle → failed DeleteTimeout → open',

  // A running lab that ends by itself, or is taken away.
  'exit-removed': 'pending → running → terminated (exited, user) → removing → closed',
  'exit-beside-others': 'pending → running → terminated (exited, user) → terminating → removing → closed',
  'exit-told-to-hub': 'pending → running → terminated (exited, user) → terminating → removing → closed',
  'run-pod-failed': 'pending → running → terminated PodFailed (failed, lab) → removing → closed',
  'run-out-of-memory': 'pending → running → terminated OutOfMemory (failed, lab) → removing → closed',
  'crash-loop': 'pending → running → terminated OutOfMemory (failed, lab) → terminating → removing → closed',
  'run-container-crashed': 'pending → running → terminated ContainerCrashed (failed, lab) → open',
  'run-pod-evicted': 'pending → running → terminated PodEvicted (lost, cluster) → removing → closed',
  'run-node-removed': 'pending → running → terminated NodeLost (lost, cluster) → removing → closed',
  'run-node-lost': 'pending → running → failed NodeLost (lost, cluster) → open',
  'run-pod-vanished': 'pending → running → failed PodVanished (lost, cluster) → open',
  'run-disrupted': 'pending → running → terminating PodEvicted (lost, cluster) → removing → closed',
  'run-pod-deleted': 'pending → running → terminating (lost, cluster) → removing → closed',

  // A running lab that is ended.
  'spawn-run-delete': 'pending → running → terminating → removing → closed',
  'proven-address': 'pending → running → terminating (stopped, hub) → removing → open',
  'run-deleted-by-caller': 'pending → running → terminating (stopped, caller) → removing → closed',
  'run-forced': 'pending → running → terminating (stopped, operator) → removing → closed',
  'run-cancelled': 'pending → running → terminating (stopped, operator) → removing → closed',
  'delete-timeout': 'pending → running → terminating (stopped, hub) → failed DeleteTimeout → open',
  'delete-timeout-forced':
    'pending → running → terminating (stopped, hub) → failed DeleteTimeout → terminating → removing → closed',
  'delete-refused': 'pending → running → terminating (stopped, hub) → failed KubernetesForbidden → open',
  'forced-twice': 'pending → running → terminating (stopped, operator) → removing → closed',
  'force-during-deletion': 'pending → running → terminating (stopped, hub) → removing → closed',
  'cancellation-during-deletion': 'pending → running → terminating (stopped, hub) → removing → closed',

  // A lab that has ended: deleted, ended by an operator, replaced.
  'failed-deleted': 'pending → failed PodFailed (failed, lab) → terminating → removing → closed',
  'failed-forced': 'pending → failed PodFailed (failed, lab) → terminating → removing → closed',
  'terminated-deleted': 'pending → running → terminated (exited, user) → terminating → removing → closed',
  'terminated-cancelled': 'pending → running → terminated (exited, user) → terminating → removing → closed',
  'failed-replaced': 'pending → failed PodFailed (failed, lab) → pending → running → open',
  'notice-taken-back': 'pending → running → terminated (exited, user) → pending → running → open',
  'respawn-during-removal': 'pending → running → terminating → removing → pending → running → open',
  'dead-lab-replaced': 'pending → running → pending → running → open',

  // Labs of another controller.
  'adopted-running': 'running → terminating → removing → closed',
  'adopted-pending': 'pending → running → open',
  'adopted-pending-timeout': 'pending → failed SpawnTimeout (failed, controller) → open',
  'adopted-pending-deleted': 'pending → terminating (stopped, hub) → removing → closed',
  'adopted-exited': 'running → terminated (exited, user) → removing → closed',
  'adopted-vanished': 'running → failed PodVanished (lost, cluster) → open',
  'adopted-failed': 'failed PodFailed → removing → closed',

  // What is no end of a lab.
  'init-container-retried': 'pending → running → open',
  'forged-news': 'pending → running → open',
  'spawn-continue-as-new': 'pending → running → renewed',
  'continued-as-new': 'running → terminating → removing → closed',
} as const satisfies Readonly<Record<string, string>>;

/** Every recorded history of another workflow, with the type of the workflow. */
export const OTHER_HISTORIES = {
  prepull: 'prepull',
  'prepull-new-list': 'prepull',
  'prepull-retried': 'prepull',
  'prepull-timeout': 'prepull',
  'prepull-cancelled': 'prepull',
  'prepull-continued-as-new': 'prepull',
  fsadmin: 'fsadmin',
  'fsadmin-absent': 'fsadmin',
  'fsadmin-replaced': 'fsadmin',
  'fsadmin-finished': 'fsadmin',
  'fsadmin-start-timeout': 'fsadmin',
  'fsadmin-kubernetes-error': 'fsadmin',
  'fsadmin-permission-denied': 'fsadmin',
  'fsadmin-removal-timeout': 'fsadmin',
  'fsadmin-start-forced': 'fsadmin',
  'fsadmin-removal-forced': 'fsadmin',
  'fsadmin-cancelled': 'fsadmin',
  'fsadmin-found': 'fsadmin',
  'fsadmin-continued-as-new': 'fsadmin',
  'image-catalogue': 'imageCatalogue',
  'image-catalogue-continued-as-new': 'imageCatalogue',
  'refresh-images': 'refreshImages',
  'refresh-images-failed': 'refreshImages',
  'reconciliation-record': 'reconciliationRecord',
  'reconciliation-record-continued-as-new': 'reconciliationRecord',
  reconcile: 'reconcile',
  'reconcile-file-servers': 'reconcileFileServers',
  watch: 'watch',
  // A file server: created …
  'fileserver-slow-address': 'fileserver',
  'fileserver-remains': 'fileserver',
  'fileserver-serves-already': 'fileserver',
  'fileserver-asked-again': 'fileserver',
  'fileserver-created-after-deletion': 'fileserver',
  'fileserver-replaced': 'fileserver',
  // … not created …
  'fileserver-pod-failed': 'fileserver',
  'fileserver-never-starts': 'fileserver',
  'fileserver-no-address': 'fileserver',
  'fileserver-vanished-while-starting': 'fileserver',
  'fileserver-plan-refused': 'fileserver',
  'fileserver-deleted-while-creating-create': 'fileserver',
  'fileserver-deleted-while-creating-read': 'fileserver',
  'fileserver-creation-force': 'fileserver',
  'fileserver-creation-cancel': 'fileserver',
  // … ended by itself, by the cluster, or by order …
  'fileserver-idle': 'fileserver',
  'fileserver-run-fails': 'fileserver',
  'fileserver-run-is-evicted': 'fileserver',
  'fileserver-run-is-deleted': 'fileserver',
  'fileserver-run-vanishes': 'fileserver',
  'fileserver-deleted': 'fileserver',
  'fileserver-delete-timeout': 'fileserver',
  'fileserver-delete-refused': 'fileserver',
  'fileserver-deletion-force': 'fileserver',
  'fileserver-run-force': 'fileserver',
  'fileserver-run-cancel': 'fileserver',
  // … found, and continued.
  'fileserver-adopted': 'fileserver',
  'fileserver-adopted-of-others': 'fileserver',
  'fileserver-adopted-broken': 'fileserver',
  'fileserver-continue-as-new': 'fileserver',
  'fileserver-continued-as-new': 'fileserver',
} as const satisfies Readonly<Record<string, string>>;
