{{- define "nublado.image" -}}
{{ .Values.image.repository }}:{{ include "nublado.tag" . }}
{{- end }}

{{/* What Pod Security level `restricted` asks of pods. */}}
{{- define "nublado.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* What it asks of containers. */}}
{{- define "nublado.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Where pods run; of (dict "root" $ "component" … "settings" …). */}}
{{- define "nublado.placement" -}}
{{- $values := .root.Values -}}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.priorityClassName | default $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .settings.nodeSelector | default $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations | default $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.affinity | default $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Spread constraints of a Deployment's pods; of the same. */}}
{{- define "nublado.spread" -}}
{{- $standard := list (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway" "matchLabelKeys" (list "pod-template-hash")) -}}
{{- $selector := dict "matchLabels" (include "nublado.selector" . | fromYaml) -}}
{{- range .settings.topologySpreadConstraints | default .root.Values.topologySpreadConstraints | default $standard }}
{{- $constraint := hasKey . "labelSelector" | ternary . (merge (dict "labelSelector" $selector) .) }}
- {{ toYaml $constraint | nindent 2 | trim }}
{{- end }}
{{- end }}

{{/* Mounts of a service's container; of the same. */}}
{{- define "nublado.mounts" -}}
{{- $values := .root.Values -}}
- { name: configuration, mountPath: /etc/nublado, readOnly: true }
- { name: sealing-keys, mountPath: /etc/nublado-sealing-keys, readOnly: true }
- { name: podinfo, mountPath: {{ include "nublado.configured" (list $values.config "metadataPath" "metadata_path" "/etc/podinfo") | quote }}, readOnly: true }
{{- include "nublado.temporalMounts" .root }}
{{- if and $values.registryCredentials.existingSecret (ne .component "watcher") }}
{{- $path := include "nublado.configured" (list $values.config.images "dockerCredentialsPath" "docker_credentials_path" "/etc/secrets/.dockerconfigjson") }}
- { name: registry-credentials, mountPath: {{ dir $path | quote }}, readOnly: true }
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Volumes of a service's pod; of the same. */}}
{{- define "nublado.volumes" -}}
{{- $values := .root.Values -}}
- name: configuration
  projected:
    defaultMode: 0440
    sources:
      - {{ include "nublado.configurationSource" .root }}
      {{- if and $values.hubToken.existingSecret (ne .component "watcher") }}
      - secret: { name: {{ $values.hubToken.existingSecret | quote }}, items: [{ key: {{ $values.hubToken.key | quote }}, path: hub-token }] }
      {{- end }}
- name: sealing-keys
  secret: { secretName: {{ include "nublado.sealingKeys" .root | quote }}, defaultMode: 0440 }
- name: podinfo
  downwardAPI:
    items:
      - { path: name, fieldRef: { fieldPath: metadata.name } }
      - { path: namespace, fieldRef: { fieldPath: metadata.namespace } }
      - { path: uid, fieldRef: { fieldPath: metadata.uid } }
{{- include "nublado.temporalVolumes" .root }}
{{- if and $values.registryCredentials.existingSecret (ne .component "watcher") }}
- name: registry-credentials
  secret: { secretName: {{ $values.registryCredentials.existingSecret | quote }}, defaultMode: 0440 }
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The container of a service; of the same. */}}
{{- define "nublado.container" -}}
{{- $serves := has .component (list "api" "single") -}}
name: {{ .component | eq "single" | ternary "controller" .component }}
image: {{ include "nublado.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy | quote }}
args: [{{ .component | eq "single" | ternary "serve" .component | quote }}]
env:
  {{- include "nublado.env" . | nindent 2 }}
{{- with .root.Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- if $serves }}
  - { name: http, containerPort: 8080 }
  {{- if include "nublado.hasActivity" .root }}
  - { name: activity, containerPort: 8082 }
  {{- end }}
  {{- end }}
  - { name: ops, containerPort: 8081 }
# Until all services of the process have started.
startupProbe:
  httpGet: { path: /healthz, port: ops }
  periodSeconds: 1
  failureThreshold: 120
livenessProbe:
  httpGet: { path: /healthz, port: ops }
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: ops }
  periodSeconds: 5
  timeoutSeconds: 5
{{- if $serves }}
# Meanwhile Services and ingresses stop leading here.
lifecycle:
  preStop: { sleep: { seconds: {{ .settings.preStopSeconds }} } }
{{- end }}
{{- with .settings.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "nublado.containerSecurity" .root | nindent 2 }}
volumeMounts:
  {{- include "nublado.mounts" . | nindent 2 }}
{{- end }}
