{{/* The rest of the pod of a Temporal that keeps its state in memory. */}}
{{- define "nublado.temporalInMemory" -}}
containers:
  - name: temporal
    image: {{ .Values.temporal.development.image | quote }}
    args:
      - server
      - start-dev
      - --ip=0.0.0.0
      - --namespace={{ .Values.temporal.namespace }}
      - --search-attribute=LabUser=Keyword
      - --search-attribute=LabStatus=Keyword
      - --search-attribute=LabImage=Keyword
      - --search-attribute=LabReason=Keyword
      - --search-attribute=LabSince=Datetime
      - --dynamic-config-value=frontend.namespaceRPS.visibility=200
    ports:
      - { name: grpc, containerPort: 7233 }
      - { name: web, containerPort: 8233 }
    readinessProbe:
      tcpSocket: { port: grpc }
      periodSeconds: 2
    resources:
      requests: { cpu: 100m, memory: 256Mi }
      limits: { memory: 1Gi }
    securityContext:
      {{- include "nublado.containerSecurity" . | nindent 6 }}
{{- end }}

{{/*
The rest of the pod of a Temporal that keeps its state in PostgreSQL. One pod, in which the database listens on loopback: none
but its containers reach it, so that there is no password. They start in this order, each when the one before is there.
*/}}
{{- define "nublado.temporalKept" -}}
{{- $images := .Values.temporal.development.postgresql -}}
initContainers:
  - name: postgresql
    image: {{ $images.image | quote }}
    restartPolicy: Always
    args: [-c, listen_addresses=127.0.0.1]
    env:
      - { name: POSTGRES_USER, value: temporal }
      - { name: POSTGRES_HOST_AUTH_METHOD, value: trust }
      - { name: PGDATA, value: /var/lib/postgresql/data/pgdata }
    # By TCP, which the server of the first initialization does not serve.
    startupProbe:
      exec: { command: [pg_isready, --host=127.0.0.1, --username=temporal] }
      periodSeconds: 1
      failureThreshold: 120
    resources:
      requests: { cpu: 100m, memory: 128Mi }
      limits: { memory: 512Mi }
    securityContext:
      # The user `postgres` of the image.
      runAsUser: 999
      {{- include "nublado.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - { name: data, mountPath: /var/lib/postgresql/data }
      - { name: run, mountPath: /var/run/postgresql }
      - { name: tmp, mountPath: /tmp }
  - name: schema
    image: {{ $images.adminToolsImage | quote }}
    command: [sh, /etc/temporal-setup/temporal-schema.sh]
    env:
      - { name: SQL_PLUGIN, value: postgres12 }
      - { name: SQL_HOST, value: 127.0.0.1 }
      - { name: SQL_PORT, value: "5432" }
      - { name: SQL_USER, value: temporal }
    {{- include "nublado.temporalStep" . | nindent 4 }}
  - name: temporal
    image: {{ $images.serverImage | quote }}
    restartPolicy: Always
    env:
      - { name: DB, value: postgres12 }
      - { name: POSTGRES_SEEDS, value: 127.0.0.1 }
      - { name: DB_PORT, value: "5432" }
      - { name: POSTGRES_USER, value: temporal }
      # One process runs all services of Temporal.
      - { name: BIND_ON_IP, value: 0.0.0.0 }
      - { name: TEMPORAL_BROADCAST_ADDRESS, value: 127.0.0.1 }
      - { name: DYNAMIC_CONFIG_FILE_PATH, value: /etc/temporal-setup/temporal-dynamic-config.yaml }
    ports:
      - { name: grpc, containerPort: 7233 }
    startupProbe:
      httpGet: { path: /api/v1/cluster-info, port: 7243 }
      periodSeconds: 1
      failureThreshold: 120
    readinessProbe:
      tcpSocket: { port: 7233 }
      periodSeconds: 2
    resources:
      requests: { cpu: 100m, memory: 256Mi }
      limits: { memory: 1Gi }
    securityContext:
      {{- include "nublado.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - { name: setup, mountPath: /etc/temporal-setup, readOnly: true }
  - name: namespace
    image: {{ $images.adminToolsImage | quote }}
    command: [sh, /etc/temporal-setup/temporal-namespace.sh, {{ .Values.temporal.namespace | quote }}]
    env:
      - { name: TEMPORAL_ADDRESS, value: "127.0.0.1:7233" }
    {{- include "nublado.temporalStep" . | nindent 4 }}
  - name: search-attributes
    image: {{ include "nublado.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
    args: [register-search-attributes]
    env:
      - { name: TEMPORAL_ADDRESS, value: "127.0.0.1:7233" }
      - { name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
    {{- include "nublado.temporalStep" . | nindent 4 }}
containers:
  - name: web
    image: {{ $images.uiImage | quote }}
    env:
      - { name: TEMPORAL_ADDRESS, value: "127.0.0.1:7233" }
      - { name: TEMPORAL_UI_PORT, value: "8233" }
      # Reached by a forwarded port, without TLS.
      - { name: TEMPORAL_CSRF_COOKIE_INSECURE, value: "true" }
    ports:
      - { name: web, containerPort: 8233 }
    readinessProbe:
      httpGet: { path: /healthz, port: web }
      periodSeconds: 2
    resources:
      requests: { cpu: 10m, memory: 32Mi }
      limits: { memory: 128Mi }
    securityContext:
      {{- include "nublado.containerSecurity" . | nindent 6 }}
volumes:
  - name: data
    persistentVolumeClaim: { claimName: "{{ .Values.name }}-temporal" }
  - name: setup
    configMap: { name: "{{ .Values.name }}-temporal" }
  - { name: run, emptyDir: {} }
  - { name: tmp, emptyDir: {} }
{{- end }}

{{/* What the init containers that end have in common. */}}
{{- define "nublado.temporalStep" -}}
resources:
  requests: { cpu: 100m, memory: 128Mi }
  limits: { memory: 256Mi }
securityContext:
  {{- include "nublado.containerSecurity" . | nindent 2 }}
volumeMounts:
  - { name: setup, mountPath: /etc/temporal-setup, readOnly: true }
{{- end }}
